import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { essence, invocation, serverEntry } from '#contracts/tool-server.suite.ts';
import type { ToolServerConnection } from '#contracts/tool-server.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { testHomes } from '../../../../test/fakes/test-homes.ts';
import { createStdioTransport } from './index.ts';

const homes = testHomes();
let folder: string;
let connection: ToolServerConnection;
let shown: string[][];
let no: Refusal | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'looked-'));
  shown = [];
  no = undefined;
});
afterEach(async () => {
  await connection.close();
  rmSync(folder, { recursive: true });
});

/** A program that is read anew at each start, and writes down what it was asked. */
function open(lists: string, calls = `say({ id, result: { content: [] } })`): void {
  const code = `
    const { appendFileSync, readFileSync } = require('node:fs');
    const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
    const does = {
      initialize: ({ id }) => say({ id, result: { protocolVersion: '2025-11-25', capabilities: {} } }),
      'tools/list': ({ id }) => { ${lists} },
      'tools/call': ({ id }) => { ${calls} },
    };
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const message = JSON.parse(line);
      appendFileSync(process.env.FOLDER + '/asked', message.method + '\\n');
      does[message.method]?.(message);
    });`;
  const connect = { command: process.execPath, args: ['-e', code], cwd: undefined } as const;
  connection = createStdioTransport({ homes }).connect(
    serverEntry({ kind: 'stdio', ...connect, environment: { FOLDER: folder } }),
    [],
    {
      listChanged: () => undefined,
      lateAnswer: () => undefined,
      shows(tools) {
        shown.push(tools.map(({ name }) => name));
        return no;
      },
    },
    'main',
  );
}

const asked = () => readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
const call = async (mayLeave?: () => Refusal | undefined) =>
  essence(await connection.exchange(invocation('look', {}, { mayLeave })));
const lists = (name: string) =>
  `say({ id, result: { tools: [{ name: '${name}', inputSchema: { type: 'object' } }] } })`;

describe('a process that was started', () => {
  it('shows what it has before it is asked anything else, and once [TOL-10]', async () => {
    open(lists('look'));
    expect(await call()).toEqual({ content: [] });
    expect(await call()).toEqual({ content: [] });
    expect(shown).toEqual([['look']]);
    expect(asked()).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/list',
      'tools/call',
      'tools/call',
    ]);
  });

  it('shows it again when it was started again', async () => {
    const file = JSON.stringify(join(folder, 'name'));
    writeFileSync(join(folder, 'name'), 'before');
    const name = `readFileSync(${file}, 'utf8')`;
    open(
      `say({ id, result: { tools: [{ name: ${name}, inputSchema: { type: 'object' } }] } })`,
      `process.exit(1)`,
    );
    await call();
    writeFileSync(join(folder, 'name'), 'after');
    await call();
    expect(shown).toEqual([['before'], ['after']]);
  });

  it('is sent nothing of a call that may not leave now that this is known [TOL-10]', async () => {
    open(lists('look'));
    const shut = () => (shown.length > 0 ? refusal('tools/quarantined') : undefined);
    expect(await call(shut)).toEqual({ code: 'tools/quarantined', effect: 'none' });
    expect(asked()).not.toContain('tools/call');
  });

  it('that may not show what it shows is ended, and serves nothing', async () => {
    open(lists('look'));
    no = refusal('tools/upstream-protocol');
    expect(await call()).toEqual({ code: 'tools/upstream-protocol', effect: 'none' });
    expect(asked()).not.toContain('tools/call');
  });

  it.each([
    ['no list', `say({ id, result: {} })`],
    ['an error', `say({ id, error: { code: -32603, message: 'no' } })`],
    ['two tools of one name', `say({ id, result: { tools: [{ name: 'x' }, { name: 'x' }] } })`],
    ['its end', `process.exit(1)`],
  ])('and shows %s serves nothing', async (_, does) => {
    open(does);
    expect(await call()).toMatchObject({ effect: 'none' });
    expect(asked()).not.toContain('tools/call');
  });

  it('and knows no tools at all serves what else it has', async () => {
    open(`say({ id, error: { code: -32601, message: 'no such method' } })`);
    expect(await call()).toEqual({ content: [] });
    expect(shown).toEqual([[]]);
  });
});
