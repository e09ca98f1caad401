import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, parseFlags } from '../command.ts';
import { createOutput } from '../output.ts';
import { lockCheck, lockExport, lockImport } from './commands.ts';

const folder = mkdtempSync(join(tmpdir(), 'lock-'));
const file = join(folder, 'bailiwick.lock');
const digest = (letter: string) => letter.repeat(64);

interface Tool {
  state: string;
  pinnedDigest: string | null;
  observedDigest: string;
  effect: string;
  phase: string;
}

const usual = { state: 'pinned', effect: 'read', phase: 'enforce' };
let source: string;
let content: string;
let signed: JsonObject;
let tools: Map<string, Tool>;
let told: string;

afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  source = 'npm:files@1.2.3';
  content = 'none';
  signed = { wanted: true, by: 'registry key one', at: '2026-01-01T00:00:00.000Z' };
  tools = new Map([
    ['read', { ...usual, pinnedDigest: digest('a'), observedDigest: digest('a') }],
    ['list', { ...usual, pinnedDigest: digest('b'), observedDigest: digest('b') }],
  ]);
});

function request(method: string, path: string, body?: JsonObject): JsonObject {
  if (path.startsWith('/v1/servers?'))
    return { servers: [{ server: 'files', source, content, signed }] };
  if (method === 'GET') {
    return { tools: [...tools].map(([tool, one]) => ({ server: 'files', tool, ...one })) };
  }
  const tool = tools.get(path.split('/')[4] ?? '');
  if (tool === undefined || tool.observedDigest !== body?.['digest']) throw new Error('conflict');
  tool.pinnedDigest = tool.observedDigest;
  tool.state = 'pinned';
  return {};
}

async function run(command: Command, ...words: string[]): Promise<number> {
  told = '';
  const input: CommandInput = {
    ...parseFlags(command, words),
    out: createOutput('table', (text) => void (told += text)),
    request: (method, path, body) => Promise.resolve(request(method, path, body)),
    dataFolder: '',
    home: '',
    env: {},
    readStdin: () => Promise.resolve(''),
    note: () => undefined,
    ask: undefined,
  };
  return (await command.run(input)) ?? 0;
}

async function locked(): Promise<void> {
  await run(lockExport);
  writeFileSync(file, told);
}

async function exported(): Promise<string> {
  await run(lockExport);
  return told;
}

describe('a lock', () => {
  it('goes out and comes in where everything is the same [TOL-25]', async () => {
    await locked();
    expect(told).toContain('npm:files@1.2.3');
    expect(await run(lockCheck, file)).toBe(0);
    expect(told).toContain('everything is as the lock says');
  });

  it('tells every difference by itself, on whichever side it is [TOL-25]', async () => {
    await locked();
    source = 'npm:files@1.2.4';
    const read = tools.get('read') as Tool;
    tools.set('read', { ...read, pinnedDigest: digest('c'), effect: 'write' });
    tools.delete('list');
    tools.set('new', { ...read, phase: 'observe' });
    expect(await run(lockCheck, file)).toBe(1);
    expect(told.trim().split('\n')).toEqual([
      'files: source was npm:files@1.2.3 and is npm:files@1.2.4',
      'files/list: is not approved here',
      'files/new: is approved here, and not in the lock',
      `files/read: digest was ${digest('a')} and is ${digest('c')}`,
      'files/read: effect was read and is write',
    ]);
  });

  it('approves exactly what it names, and nothing that shows anything else [TOL-25]', async () => {
    await locked();
    const waiting = { state: 'waiting', pinnedDigest: null, effect: 'read', phase: 'enforce' };
    tools.set('read', { ...waiting, observedDigest: digest('a') });
    tools.set('list', { ...waiting, observedDigest: digest('d') });
    tools.set('more', { ...waiting, observedDigest: digest('b') });
    expect(await run(lockImport, file)).toBe(1);
    expect(told.trim().split('\n')).toEqual([
      'files/read: approved',
      'files/list: is not approved here',
    ]);
    expect(tools.get('more')?.state).toBe('waiting');
  });

  it('approves nothing of a server that comes from elsewhere or has other content, and says so of each [TOL-25]', async () => {
    const changes = [
      {
        change: () => (source = 'npm:evil@1.2.3'),
        word: 'source was npm:files@1.2.3 and is npm:evil@1.2.3',
      },
      { change: () => (content = 'sha256:b'), word: 'content was none and is sha256:b' },
    ];
    for (const { change, word } of changes) {
      [source, content] = ['npm:files@1.2.3', 'none'];
      for (const [name, letter] of [
        ['read', 'a'],
        ['list', 'b'],
      ] as const) {
        tools.set(name, { ...usual, pinnedDigest: digest(letter), observedDigest: digest(letter) });
      }
      await locked();
      tools.set('read', {
        ...usual,
        state: 'waiting',
        pinnedDigest: null,
        observedDigest: digest('a'),
      });
      change();
      expect(await run(lockImport, file)).toBe(1);
      expect(told.trim().split('\n')).toEqual([
        'files/read: was not approved, because its server differs',
        `files: ${word}`,
        'files/read: is not approved here',
      ]);
      expect(tools.get('read')?.state).toBe('waiting');
    }
  });

  it('carries who signed a server, and one that says nothing of it does not ask [TOL-25]', async () => {
    await locked();
    expect(JSON.parse(told)).toMatchObject({ servers: { files: { signer: 'registry key one' } } });
    signed = { ...signed, at: '2026-02-02T00:00:00.000Z' };
    expect(await run(lockCheck, file)).toBe(0);
    const read = tools.get('read') as Tool;
    for (const by of ['registry key two', null]) {
      tools.set('read', { ...read, state: 'waiting', pinnedDigest: null });
      signed = { ...signed, by };
      expect(await run(lockImport, file)).toBe(1);
      expect(told).toContain(`files: signer was registry key one and is ${by ?? 'not verified'}`);
      expect(tools.get('read')?.state).toBe('waiting');
    }
    tools.set('read', read);
    writeFileSync(file, (await exported()).replace(/"signer": "[^"]*",/, ''));
    expect(await run(lockCheck, file)).toBe(0);
  });

  it('approves no tool that is held otherwise than the lock says [TOL-25]', async () => {
    await locked();
    const waiting = { ...usual, state: 'waiting', pinnedDigest: null };
    tools.set('read', { ...waiting, observedDigest: digest('a'), effect: 'write' });
    tools.set('list', { ...waiting, observedDigest: digest('b'), phase: 'observe' });
    expect(await run(lockImport, file)).toBe(1);
    expect(told.trim().split('\n')).toEqual([
      'files/read: effect was read and is write',
      'files/list: phase was enforce and is observe',
      'files/list: is not approved here',
      'files/read: is not approved here',
    ]);
  });

  it('is read whole or not at all', async () => {
    for (const text of ['', '{}', '{"version":2,"servers":{}}', '[]']) {
      writeFileSync(file, text);
      await expect(run(lockCheck, file)).rejects.toThrow(/lock/);
    }
  });
});
