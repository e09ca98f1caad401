import { afterEach, describe, expect, it } from 'vitest';
import { essence, invocation, serverEntry } from '#contracts/tool-server.suite.ts';
import type { ConnectionNews, ToolServerConnection } from '#contracts/tool-server.ts';
import { testHomes } from '../../../../test/fakes/test-homes.ts';
import { createStdioTransport } from './index.ts';

const homes = testHomes();
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Opened {
  readonly connection: ToolServerConnection;
  readonly news: ConnectionNews[];
  /** What became of its processes, without what they printed. */
  readonly kinds: () => readonly string[];
  readonly printed: () => string;
}

/**
 * A program of a few lines. `answers` holds what it does when it is asked for something by that
 * method; the greeting and an empty list are answered as they should be unless it says otherwise.
 */
function open(answers: Readonly<Record<string, string>>, before = ''): Opened {
  const code = `
    const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n');
    const usual = {
      initialize: ({ id }) => say({ id, result: { protocolVersion: '2025-11-25', capabilities: {} } }),
      'tools/list': ({ id }) => say({ id, result: { tools: [] } }),
      'tools/call': ({ id }) => say({ id, result: { content: [] } }),
      ${Object.entries(answers)
        .map(([method, does]) => `'${method}': ({ id }) => { ${does} },`)
        .join('\n')}
    };
    ${before}
    let rest = '';
    process.stdin.on('data', (chunk) => {
      rest += chunk;
      const lines = rest.split('\\n');
      rest = lines.pop();
      for (const line of lines) {
        const message = JSON.parse(line);
        usual[message.method]?.(message);
      }
    });`;
  const news: ConnectionNews[] = [];
  const entry = serverEntry({
    kind: 'stdio',
    command: process.execPath,
    args: ['-e', code],
    cwd: undefined,
    environment: {},
  });
  const connection = createStdioTransport({ homes }).connect(
    entry,
    [],
    {
      listChanged: () => undefined,
      lateAnswer: () => undefined,
      news: (one) => void news.push(one),
    },
    'main',
  );
  closers.push(() => connection.close());
  const kinds = () => news.map(({ kind }) => kind).filter((kind) => kind !== 'printed');
  const printed = () =>
    news.map((one) => (one.kind === 'printed' ? one.bytes.toString('utf8') : '')).join('');
  return { connection, news, kinds, printed };
}

const list = (connection: ToolServerConnection) =>
  connection.listTools({ lent: [], signal: new AbortController().signal });
const call = async (connection: ToolServerConnection) =>
  essence(await connection.exchange(invocation('echo', {})));

const lastGone = ({ news }: Opened) => news.findLast((one) => one.kind === 'gone');

describe('a process that ends at every step', () => {
  it.each([
    ['before it reads', {}, 'process.exit(7);', 'none'],
    ['at the greeting', { initialize: 'process.exit(7)' }, '', 'none'],
    [
      'in the middle of its greeting',
      { initialize: `process.stdout.write('{"jsonrpc":"2.0","id":1,"res', () => process.exit(7))` },
      '',
      'none',
    ],
    ['once it was greeted', { 'notifications/initialized': 'process.exit(7)' }, '', 'unknown'],
    ['when it is called', { 'tools/call': 'process.exit(7)' }, '', 'unknown'],
  ] as const)('%s is told with its exit code, and what may have happened', async (...row) => {
    const [, answers, before, effect] = row;
    const opened = open(answers, before);
    const told = await call(opened.connection);
    expect(told).toMatchObject({ code: 'tools/upstream-unreachable' });
    // Between the greeting and the call it may be gone before a byte of the call was handed over.
    if (effect === 'none') expect(told).toMatchObject({ effect });
    await expect
      .poll(() => lastGone(opened))
      .toMatchObject({
        why: 'it ended with exit code 7',
        exitCode: 7,
      });
    expect(opened.kinds().at(0)).toBe('starting');
  });

  it('by a signal, or never at all, is told as well', async () => {
    const killed = open({ initialize: `process.kill(process.pid, 'SIGKILL')` });
    await call(killed.connection);
    expect(lastGone(killed)).toMatchObject({ signal: 'SIGKILL', exitCode: undefined });
    const nothing = createStdioTransport({ homes }).connect(
      serverEntry({
        kind: 'stdio',
        command: 'no-such-program',
        args: [],
        cwd: undefined,
        environment: {},
      }),
      [],
      {
        listChanged: () => undefined,
        lateAnswer: () => undefined,
        news: (one) => void killed.news.push(one),
      },
      'main',
    );
    closers.push(() => nothing.close());
    await call(nothing);
    expect(lastGone(killed)).toMatchObject({ why: expect.stringContaining('no such program') });
  });
});

describe('a process that is not as it should be', () => {
  it('may print banners before it is asked, and is shown to whoever runs it', async () => {
    const banner = `console.log('Welcome!'); console.log('listening {"on":1}'); console.error('to stderr');`;
    const opened = open({}, banner);
    expect(await list(opened.connection)).toEqual([]);
    expect(await call(opened.connection)).toEqual({ content: [] });
    await expect.poll(() => opened.printed()).toContain('to stderr');
    expect(opened.printed()).toContain('Welcome!\n');
  });

  it('is not believed when it answers before it is asked', async () => {
    const early = `for (let id = 1; id < 9; id += 1) say({ id, result: { tools: [{ name: 'forged' }] } });`;
    const opened = open({}, early);
    // The first of its answers may meet the greeting; nothing of the list may come from it.
    const tools = await list(opened.connection).catch(() => []);
    expect(JSON.stringify(tools)).not.toContain('forged');
  });

  it('is ended when it closes its standard output and lives on', async () => {
    const opened = open({ 'tools/call': `process.stdout.end(); setInterval(() => 0, 1000);` });
    expect(await call(opened.connection)).toEqual({
      code: 'tools/upstream-unreachable',
      effect: 'unknown',
    });
    const why = 'it was ended: it closed its standard output';
    expect(lastGone(opened)).toMatchObject({ why });
  });

  it('is handed nothing more once it is to end, so that what it may still do is nobody’s effect [SYS-043]', async () => {
    const opened = open(
      { 'notifications/initialized': `process.stdout.write('noise\\n'.repeat(10_001));` },
      `process.on('SIGTERM', () => console.error('not yet'));`,
    );
    await list(opened.connection).catch(() => undefined);
    await expect.poll(() => opened.printed()).toContain('not yet');
    expect(await call(opened.connection)).toEqual({
      code: 'tools/upstream-unreachable',
      effect: 'none',
    });
  });

  it('is ended when it closes its standard input and lives on, once something is asked of it', async () => {
    const opened = open({
      'tools/call': `process.stdin.destroy(); require('node:fs').closeSync(0); setInterval(() => 0, 1000);`,
    });
    const first = await opened.connection.exchange(invocation('echo', {}, { timeoutMs: 300 }));
    expect(essence(first)).toEqual({ code: 'tools/upstream-timeout', effect: 'unknown' });
    expect(await call(opened.connection)).toMatchObject({ code: 'tools/upstream-unreachable' });
    const why = 'it was ended: it closed its standard input';
    await expect.poll(() => lastGone(opened)).toMatchObject({ why });
  });

  it('is ended however it holds on: the end of its input and being asked mean nothing to it', async () => {
    const opened = open({}, `process.on('SIGTERM', () => 0); setInterval(() => 0, 1000);`);
    await list(opened.connection);
    const started = opened.news.find((one) => one.kind === 'starting');
    const pid = started?.kind === 'starting' ? (started.pid ?? 0) : 0;
    await opened.connection.close();
    expect(() => process.kill(pid, 0)).toThrow();
    expect(opened.kinds()).toEqual(['starting', 'up', 'closed']);
  });

  it('floods its error output for as long as it wants, and serves all the same', async () => {
    const flood = `
      const piece = Buffer.alloc(65536, 'x');
      const more = () => { while (process.stderr.write(piece)) continue; };
      process.stderr.on('drain', more);`;
    const opened = open(
      { 'tools/list': `say({ id, result: { tools: [] } }); setTimeout(more, 5);` },
      flood,
    );
    await list(opened.connection);
    await expect.poll(() => opened.printed().length, { timeout: 10_000 }).toBeGreaterThan(200_000);
    expect(await call(opened.connection)).toEqual({ content: [] });
  });

  it('is ended for lines without end that answer nothing, and it is said why', async () => {
    const opened = open({
      'tools/call': `for (let at = 0; at < 20000; at += 1) process.stdout.write('noise\\n');`,
    });
    const told = await call(opened.connection);
    expect(told).toMatchObject({ code: 'tools/upstream-unreachable', effect: 'unknown' });
    expect(lastGone(opened)).toMatchObject({ why: expect.stringContaining('answer nothing') });
  });
});
