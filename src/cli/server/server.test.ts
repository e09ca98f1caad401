import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type CommandInput, parseFlags } from '../command.ts';
import { createOutput } from '../output.ts';
import { serverAdd } from './add.ts';
import { secretSet } from './commands.ts';

/** The spec of the document that `server add ...` puts. */
async function added(...argv: readonly string[]): Promise<JsonObject> {
  const bodies: JsonObject[] = [];
  const input: CommandInput = {
    ...parseFlags(serverAdd, argv),
    out: createOutput('json', () => undefined),
    request: async (method, _path, body = {}) => {
      if (method === 'GET') return { state: 'failed' };
      bodies.push(body);
      return { name: 'billing' };
    },
    dataFolder: '',
    home: '',
    env: {},
    readStdin: async () => '',
    note: () => undefined,
    ask: undefined,
  };
  await serverAdd.run(input);
  return (bodies[0]?.['spec'] ?? {}) as JsonObject;
}

const url = ['billing', '--url', 'http://127.0.0.1:1/mcp'];

describe('server add', () => {
  it('labels results as untrusted unless it is told that they are not [SEM-19]', async () => {
    const untrusted = { results: { labels: ['untrusted'] } };
    expect(await added(...url)).toMatchObject(untrusted);
    expect(await added(...url, '--untrusted')).toMatchObject(untrusted);
    expect(await added(...url, '--read', 'get')).toMatchObject({
      ...untrusted,
      tools: { get: { effect: 'read' } },
    });
    expect(await added(...url, '--trusted', '--read', 'get')).toMatchObject({
      results: { labels: [] },
    });
  });

  it('says what its tools do, as it is told [TOL-11]', async () => {
    expect(await added(...url, '--read', 'get', '--write', 'pay')).toMatchObject({
      tools: { get: { effect: 'read' }, pay: { effect: 'write' } },
    });
  });

  it('lends its secret where it is told, and says plain headers', async () => {
    const lent = (...argv: readonly string[]) => added(...url, '--secret', 'key', ...argv);
    expect(await lent('--query', 'api_key', '--plain', 'X-Team=blue=1')).toMatchObject({
      connect: { url: 'http://127.0.0.1:1/mcp', headers: { 'X-Team': 'blue=1' } },
      credential: { secret: 'key', query: 'api_key' },
    });
    expect(await lent()).toMatchObject({ credential: { header: 'Authorization' } });
    for (const wrong of [
      ['--query', 'a', '--header', 'b'],
      ['--plain', 'X-Team'],
    ]) {
      await expect(lent(...wrong)).rejects.toMatchObject({ code: 'cli/usage' });
    }
  });

  it('does not guess when it is told both', async () => {
    await expect(added(...url, '--read', 'pay', '--write', 'pay')).rejects.toMatchObject({
      code: 'cli/usage',
    });
    await expect(added(...url, '--trusted', '--untrusted')).rejects.toMatchObject({
      code: 'cli/usage',
    });
  });
});

describe('secret set', () => {
  async function said(answer: JsonObject): Promise<string> {
    const lines: string[] = [];
    await secretSet.run({
      ...parseFlags(secretSet, ['tiny-kee']),
      out: createOutput('table', (text) => lines.push(text)),
      request: async () => ({ name: 'tiny-kee', version: 1, ...answer }),
      dataFolder: '',
      home: '',
      env: {},
      readStdin: async () => 'tok-123456789',
      note: () => undefined,
      ask: undefined,
    });
    return lines.join('');
  }

  it('says that no document names it, and what is missing', async () => {
    expect(await said({ namedBy: [], missing: ['tiny-key'] })).toContain(
      'is at version 1; no document names `tiny-kee`; missing: `tiny-key`',
    );
    expect(await said({ namedBy: ['Model tiny'], missing: [] })).not.toContain(';');
  });
});
