import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { essence, invocation, serverEntry } from '#contracts/tool-server.suite.ts';
import { limits } from '#kernel/limits.ts';
import type { Lent, ToolServerConnection } from '#contracts/tool-server.ts';
import { testHomes } from '../../../../test/fakes/test-homes.ts';
import { createStdioTransport } from './index.ts';

const homes = testHomes();

const fake = fileURLToPath(
  new URL('../../../../test/fakes/fake-tool-server/main.ts', import.meta.url),
);
const closers: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

interface Opened {
  readonly connection: ToolServerConnection;
  readonly changes: () => number;
  readonly late: readonly string[];
}

interface Program {
  readonly command?: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly lent?: readonly Lent[];
}

function open(program: Program = {}): Opened {
  let changes = 0;
  const late: string[] = [];
  const connection = createStdioTransport({ homes }).connect(
    serverEntry({
      kind: 'stdio',
      command: program.command ?? process.execPath,
      args: program.args ?? [fake, 'stdio'],
      cwd: undefined,
      environment: program.environment ?? {},
    }),
    program.lent ?? [],
    {
      listChanged: () => {
        changes += 1;
      },
      lateAnswer: (callId) => late.push(callId),
    },
    'main',
  );
  closers.push(() => connection.close());
  return { connection, changes: () => changes, late };
}

/** A program of a few lines; it gets `answer(id, result)` and each message. */
function script(onMessage: string, before = ''): Program {
  const code = `
    ${before}
    const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result }) + '\\n');
    let rest = '';
    process.stdin.on('data', (chunk) => {
      rest += chunk;
      const lines = rest.split('\\n');
      rest = lines.pop();
      for (const line of lines) {
        const message = JSON.parse(line);
        if (message.method === 'initialize') answer(message.id, { protocolVersion: '2025-11-25', capabilities: {} });
        else if (message.id !== undefined) { ${onMessage} }
      }
    });`;
  return { args: ['-e', code] };
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'stdio-'));
  closers.push(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const protocol = { code: 'tools/upstream-protocol', effect: 'unknown' };

describe('a tool server behind standard streams', () => {
  it('has what is lent in its place among the arguments, in no variable, and nothing else replaced', async () => {
    const value = 'tok-${NAME}-$&-"quoted"';
    const lent: Lent = {
      kind: 'environment',
      variable: 'TOKEN',
      inArguments: true,
      value,
      secret: value,
    };
    const args = ['--token=${TOKEN}', '${OTHER}', '$TOKEN', '${TOKEN}${TOKEN}'];
    const program = script(
      'answer(message.id, { content: [], structuredContent: { args: process.argv.slice(1), TOKEN: process.env.TOKEN ?? null } });',
    );
    const { connection } = open({
      ...program,
      args: [...(program.args ?? []), '--', ...args],
      lent: [lent],
    });
    const answer = await connection.exchange(invocation('x', {}));
    expect((essence(answer) as { structuredContent: object }).structuredContent).toEqual({
      args: [`--token=${value}`, '${OTHER}', '$TOKEN', `${value}${value}`],
      TOKEN: null,
    });
  });

  it('has no variable of ours but what its document says and what is lent', async () => {
    process.env['GATEWAY_PRIVATE'] = 'must not leak';
    closers.push(() => {
      delete process.env['GATEWAY_PRIVATE'];
    });
    const lent: Lent = {
      kind: 'environment',
      variable: 'API_TOKEN',
      value: 'lent-value',
      secret: 'lent-value',
    };
    const { connection } = open({ environment: { MODE: 'test' }, lent: [lent] });
    const answer = await connection.exchange(invocation('get-env', {}));
    const home = join(homes, 'main', serverEntry({ kind: 'http', url: '' }).name);
    const { structuredContent } = essence(answer) as { structuredContent: object };
    expect(structuredContent).toEqual({
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      HOME: home,
      TMPDIR: `${home}/tmp`,
      XDG_CACHE_HOME: `${home}/.cache`,
      XDG_CONFIG_HOME: `${home}/.config`,
      XDG_DATA_HOME: `${home}/.local/share`,
      XDG_STATE_HOME: `${home}/.local/state`,
      npm_config_cache: `${home}/.npm`,
      npm_config_update_notifier: 'false',
      MODE: 'test',
      API_TOKEN: 'lent-value',
    });
  });

  it('gets the judged argument bytes unchanged', async () => {
    const record = join(folder(), 'seen');
    const { connection } = open({ environment: { RECORD_FILE: record } });
    const argumentBytes = Buffer.from('{"b":1e+30,"text":"\u2028é","z":[{},""]}');
    await connection.exchange(invocation('echo', {}, { argumentBytes }));
    expect(readFileSync(record).includes(argumentBytes)).toBe(true);
  });

  it.each(['bad-utf8', 'twice'])('is not believed when it answers with %s', async (tool) => {
    const { connection } = open();
    expect(essence(await connection.exchange(invocation(tool, {})))).toEqual(protocol);
  });

  it('is read once: a second answer changes nothing, one with a strange id is none', async () => {
    const { connection } = open();
    const answer = await connection.exchange(invocation('two-answers', {}));
    expect(essence(answer)).toMatchObject({ content: [{ text: 'first' }] });
    const next = await connection.exchange(invocation('echo', { text: 'own' }));
    expect(essence(next)).toMatchObject({ content: [{ text: 'own' }] });
    const strange = await connection.exchange(invocation('wrong-id', {}, { timeoutMs: 200 }));
    expect(essence(strange)).toEqual({ code: 'tools/upstream-timeout', effect: 'unknown' });
  });

  it('tells of its changed list, and the change is seen in every digest [TOL-10]', async () => {
    const { connection, changes } = open();
    const { signal } = new AbortController();
    const before = await connection.listTools({ lent: [], signal });
    await connection.exchange(invocation('change', {}));
    const after = await connection.listTools({ lent: [], signal });
    expect(changes()).toBe(1);
    expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
    for (const [at, { digest }] of after.entries()) expect(digest).not.toBe(before[at]?.digest);
  });

  it('cannot fill our memory by not reading: what it leaves behind is bounded', async () => {
    const deaf = script(
      `if (message.method === 'tools/list') answer(message.id, { tools: [] });
       else process.stdin.pause();`,
      // Without this it would end once it does not read.
      'setInterval(() => 0, 1000);',
    );
    const { connection } = open(deaf);
    await connection.listTools({ lent: [], signal: new AbortController().signal });
    const text = 'x'.repeat(200_000);
    const effects: unknown[] = [];
    for (let sent = 0; sent < 40; sent += 1) {
      effects.push(
        essence(await connection.exchange(invocation('echo', { text }, { timeoutMs: 5 }))),
      );
    }
    expect(effects.at(0)).toEqual({ code: 'tools/upstream-timeout', effect: 'unknown' });
    expect(effects.at(-1)).toEqual({ code: 'tools/upstream-unreachable', effect: 'none' });
  });

  it('cannot send back what was lent to it inside an error', async () => {
    const tells = script(
      `process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32000, message: 'no: ' + process.env.KEY } }) + '\\n');`,
    );
    const lent: Lent = { kind: 'environment', variable: 'KEY', value: 'k3y', secret: 'k3y' };
    const { connection } = open({ ...tells, lent: [lent] });
    const answer = await connection.exchange(invocation('echo', {}));
    if (answer.kind !== 'failed') throw new Error('an error became an answer');
    expect(answer.refusal.message).toBe('the tool server answered with an error');
  });

  it('says nothing by what it prints beside its answers', async () => {
    const tells = script(
      `process.stderr.write('canary on stderr\\n'); process.stdout.write('canary is no message\\n'); process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id: message.id, error: { code: -32000, message: 'no' } }) + '\\n');`,
    );
    const { connection } = open(tells);
    const answer = await connection.exchange(invocation('echo', {}));
    expect(essence(answer)).toMatchObject({ code: 'tools/upstream-error' });
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  it('may talk, ping and tell of changes in between; it may not ask for more', async () => {
    const record = join(folder(), 'seen');
    const { connection, changes } = open({ environment: { RECORD_FILE: record } });
    expect(essence(await connection.exchange(invocation('chatter', {})))).toEqual({ content: [] });
    await connection.exchange(invocation('echo', { text: 'after the replies' }));
    const seen = readFileSync(record, 'utf8');
    expect(changes()).toBe(1);
    expect(seen).toContain('{"id":"a","jsonrpc":"2.0","result":{}}');
    expect(seen).toContain('{"error":{"code":-32601,"message":"method not served"},"id":"b"');
  });

  it('fails every call in flight with an unknown effect when it dies, and comes back', async () => {
    const { connection, changes } = open();
    await connection.exchange(invocation('echo', { text: 'x' }));
    const running = [1, 2, 3].map(() => connection.exchange(invocation('sleep', { ms: 20_000 })));
    const last = connection.exchange(invocation('exit', {}));
    for (const answer of await Promise.all([...running, last])) {
      expect(essence(answer)).toEqual({ code: 'tools/upstream-unreachable', effect: 'unknown' });
    }
    const next = await connection.exchange(invocation('echo', { text: 'back' }));
    expect(essence(next)).toMatchObject({ content: [{ text: 'back' }] });
    expect(changes()).toBe(1);
  });

  it('says that nothing happened when it cannot be started', async () => {
    const nothing = { code: 'tools/upstream-unreachable', effect: 'none' };
    const missing = open({ command: '/nonexistent/program', args: [] });
    expect(essence(await missing.connection.exchange(invocation('echo', {})))).toEqual(nothing);
    const dies = open({ args: ['-e', 'process.exit(1)'] });
    expect(essence(await dies.connection.exchange(invocation('echo', {})))).toEqual(nothing);
  });

  it('is not started by a shell', async () => {
    const trap = join(folder(), 'made-by-a-shell');
    const { connection } = open({ command: `touch ${trap}`, args: [`; touch ${trap}`] });
    await connection.exchange(invocation('echo', {}));
    expect(existsSync(trap)).toBe(false);
  });

  it('is asked to stop when nobody waits, and what it still answers is told as late', async () => {
    const record = join(folder(), 'seen');
    const { connection, late } = open({ environment: { RECORD_FILE: record } });
    await connection.exchange(invocation('echo', { text: 'warm' }));
    await connection.exchange(invocation('sleep', { ms: 300 }, { timeoutMs: 50, callId: 'slow' }));
    await expect.poll(() => late).toEqual(['slow']);
    expect(readFileSync(record, 'utf8')).toContain('notifications/cancelled');
  });

  it('is ended when it sends a line without end', async () => {
    const endless = script(
      `const piece = Buffer.alloc(1 << 20, 123);
       const more = () => { while (process.stdout.write(piece)) continue; };
       process.stdout.on('drain', more); more();`,
    );
    const { connection } = open(endless);
    expect(essence(await connection.exchange(invocation('echo', {})))).toEqual({
      code: 'tools/upstream-unreachable',
      effect: 'unknown',
    });
  });

  it('is ended soon when such a line answers nobody: little of it is read', async () => {
    const record = join(folder(), 'wrote');
    const endless = script(
      `const { writeFileSync } = require('node:fs');
       const piece = Buffer.alloc(1 << 20, 'x');
       let wrote = 0;
       const more = () => {
         do { wrote += piece.length; writeFileSync(process.env.RECORD_FILE, String(wrote)); }
         while (process.stdout.write(piece));
       };
       process.stdout.on('drain', more); more();`,
    );
    const { connection } = open({ ...endless, environment: { RECORD_FILE: record } });
    expect(essence(await connection.exchange(invocation('echo', {})))).toEqual({
      code: 'tools/upstream-unreachable',
      effect: 'unknown',
    });
    expect(Number(readFileSync(record, 'utf8'))).toBeLessThan(2 * limits.drainedChatterBytes);
  });

  it('is not blocked by what it writes to its error stream', async () => {
    const loud = script(
      `process.stderr.write(Buffer.alloc(5 << 20, 120), () => answer(message.id, { content: [] }));`,
    );
    const { connection } = open(loud);
    expect(essence(await connection.exchange(invocation('echo', {})))).toEqual({ content: [] });
  });

  it('takes what it started with it, even when it does not want to go', async () => {
    const stubborn = script(
      `const { spawn } = require('node:child_process');
       const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'ignore' });
       answer(message.id, { structuredContent: { pids: [process.pid, grandchild.pid] } });`,
      `process.on('SIGTERM', () => undefined);`,
    );
    const { connection } = open(stubborn);
    const answer = await connection.exchange(invocation('echo', {}));
    const { structuredContent } = essence(answer) as { structuredContent: { pids: number[] } };
    expect(structuredContent.pids.map(isAlive)).toEqual([true, true]);
    await connection.close();
    await expect.poll(() => structuredContent.pids.map(isAlive)).toEqual([false, false]);
  });
});

function isAlive(pid: number): boolean {
  try {
    // A process that ended and was not collected yet is dead too.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
