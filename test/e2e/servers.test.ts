import { existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAgentFetch, enrol, generateInstanceKey } from '../../sdk/index.ts';
import { type CliPlace, runCli, until } from './cli.ts';
import { type Instance, startInstance } from './instance.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { callTool, listTools } from './wire.ts';

const fake = fileURLToPath(new URL('../fakes/fake-tool-server/main.ts', import.meta.url));
const secret = 'tok-987654321-abc';
/** Prints its key, and ends before it has greeted. */
const dying = `console.error('no access with ' + process.env.KEY); process.exit(3)`;

const alive = 21;
const hanging = 3;

let instance: Instance;
let place: CliPlace;
let upstream: Upstream;
let deaf: Server;
const sockets = new Set<Socket>();

type Json = Record<string, unknown>;
const cli = (...args: string[]) => runCli(place, args);
const json = async (...args: string[]) => (await cli(...args, '-o', 'json')).json();

/** Takes every connection, and answers nothing. */
async function startDeaf(): Promise<Server> {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.resume();
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function documentsOf(url: string, deafUrl: string): Record<string, string> {
  const server = (name: string, at: string) =>
    `kind: ToolServer\nname: ${name}\nspec: { connect: { url: "${at}" }, pin: first-seen, results: { labels: [] }, tools: { echo: { effect: read } } }\n`;
  const names = Array.from({ length: alive }, (_, at) => `good-${at}`);
  const stuck = Array.from({ length: hanging }, (_, at) => `stuck-${at}`);
  const tools = [...names, ...stuck].map((name) => `{ tool: ${name}/echo }`).join(', ');
  return {
    'servers.yaml': [
      ...stuck.map((name) => server(name, deafUrl)),
      ...names.map((name) => server(name, url)),
    ].join('---\n'),
    'manifest.yaml': `kind: Manifest\nname: work\nspec: { tools: [${tools}] }\n`,
    'agent.yaml':
      'kind: Agent\nname: worker\nspec: { owner: maria, purpose: tests, manifest: work, toolLimit: 64 }\n',
    'rules.yaml':
      'kind: Policy\nname: rules\nspec:\n  cedar: |\n    @id("reads") permit(principal, action, resource) when { context.effect == "read" };\n',
  };
}

beforeAll(async () => {
  upstream = await startUpstream();
  deaf = await startDeaf();
  const { port } = deaf.address() as AddressInfo;
  instance = await startInstance({
    documents: documentsOf(upstream.url, `http://127.0.0.1:${port}/mcp`),
    // A credential that nobody has: the set-up is the command line's own work here.
    credential: '',
  });
  place = { home: join(instance.folder, 'home'), data: instance.data };
  const link = readFileSync(join(instance.data, 'run', 'setup-link'), 'utf8').trim();
  expect((await cli('setup', link, '--name', 'maria')).code).toBe(0);
}, 60_000);

afterAll(async () => {
  await instance?.remove();
  await upstream?.close();
  for (const socket of sockets) socket.destroy();
  deaf?.close();
});

async function enrolWorker(): Promise<typeof fetch> {
  const joinToken = String((await json('agent', 'token', 'worker'))['joinToken']);
  const key = generateInstanceKey();
  const control = instance.console;
  const identity = await enrol({ control, joinToken, key });
  return createAgentFetch({ control, key, identity });
}

describe('24 tool servers of which 3 hang', () => {
  it('hurt no other: all tools of the others are listed and answer at once [TOL-12]', async () => {
    const send = await enrolWorker();
    const listed = await until(
      async () => (await listTools(send, instance.gateway)).body.result?.tools ?? [],
      (tools) => tools.length >= alive,
    );
    expect(listed).toHaveLength(alive);
    expect(JSON.stringify(listed)).not.toContain('stuck');
    const before = performance.now();
    const answers = await Promise.all(
      [0, 7, 20].map((at) =>
        callTool(send, instance.gateway, `good-${at}.echo`, { text: `to ${at}` }),
      ),
    );
    expect(answers.map(({ isError }) => isError)).toEqual([false, false, false]);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('are said: status names the hanging ones, and no other, once they were waited for', async () => {
    const red = await until(
      async () => {
        const { readiness } = await json('status');
        return (readiness as Json[]).find(({ item }) => item === 'tool servers');
      },
      (item) => String(item?.['why']).split('stuck-').length > hanging,
    );
    expect(red).toMatchObject({ state: 'red' });
    expect(String(red?.['why'])).not.toContain('good-');
    const listed = (await json('server', 'list'))['servers'] as Json[];
    const up = listed.filter(({ state }) => state === 'up');
    expect(up).toHaveLength(alive);
  }, 120_000);
});

describe('a tool server by command', () => {
  it('is tried when it is added: what it shows, and what to do next', async () => {
    const added = await cli('server', 'add', 'kept', '--', process.execPath, fake, 'stdio');
    expect(added.stdout).toMatch(
      /kept is up: (\d+) tools, 0 approved, \1 wait for approval\nnext: .*tool approve kept --all/,
    );
    expect(added.code).toBe(0);
    expect((await cli('status')).stdout).toMatch(
      /tools wait for you: `bailiwick tool approve kept --all`/,
    );
    const shown = await json('server', 'show', 'kept');
    expect(shown).toMatchObject({ state: 'up', gateways: [{ era: 'legacy', connections: 1 }] });
    const approved = await json('tool', 'approve', 'kept', '--all', '--yes');
    expect(approved).toMatchObject({ left: [], inForce: true });
    expect((await json('server', 'show', 'kept'))['tools']).toMatchObject({ waiting: 0 });
  }, 120_000);

  it('that dies is never said to be up: exit code, cleaned words and a red status say so [TOL-05]', async () => {
    await runCli(place, ['secret', 'set', 'its-key'], `${secret}\n`);
    const lends = ['--secret', 'its-key', '--variable', 'KEY'];
    const added = await cli('server', 'add', 'dead', ...lends, '--', process.execPath, '-e', dying);
    expect(added.code).toBe(1);
    expect(added.stdout).toMatch(/dead is NOT up: .*exit code 3\nnext: .*server logs dead/);
    const logs = await until(
      () => cli('server', 'logs', 'dead'),
      ({ stdout }) => stdout.includes('no access with'),
    );
    expect(logs.stdout).not.toContain(secret);
    expect((await cli('status')).stdout).toMatch(/tool servers +red .*dead: .*exit code 3/);
    const shown = await json('server', 'show', 'dead');
    expect(shown).toMatchObject({
      state: 'failed',
      gateways: [{ ended: { exitCode: 3 }, nextTryAt: expect.any(String) }],
    });
    expect(instance.output()).not.toContain(secret);
  }, 120_000);

  it('is removed with its process, its home and what was approved', async () => {
    const home = join(instance.data, 'homes', 'main', 'kept');
    expect(existsSync(home)).toBe(true);
    const [{ pid } = { pid: 0 }] = (await json('server', 'show', 'kept'))['gateways'] as {
      pid: number;
    }[];
    const removed = await json('server', 'remove', 'kept', '--reason', 'ticket 9');
    expect(removed).toMatchObject({ server: 'kept', home: true });
    expect(await json('server', 'show', 'kept')).toMatchObject({ code: 'api/not-found' });
    await until(
      async () => [existsSync(home), existsSync(`/proc/${pid}`)],
      ([there, runs]) => there === false && runs === false,
    );
    // One like it under its name is another server: it is looked at, and begins with nothing approved.
    const back = await cli('server', 'add', 'kept', '--', process.execPath, fake, 'stdio');
    expect(back.stdout).toMatch(/kept is up: ([1-9]\d*) tools, 0 approved, \1 wait for approval/);
    expect(back.code).toBe(0);
    const refused = await cli('server', 'remove', 'good-0', '-o', 'json');
    expect([refused.code, refused.json()['code']]).toEqual([3, 'store/conflict']);
  }, 60_000);
});
