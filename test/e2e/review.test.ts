import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ControlClient, ControlProblem, createControlClient } from '../../sdk/index.ts';
import { runCli } from './cli.ts';
import { clientOf, type Connection, connectionToEach } from './connection.ts';
import { type Instance, startInstance } from './instance.ts';
import { descendants, endNow, lives } from './processes.ts';
import { type RunningWorld, startWorld } from './world.ts';

type Json = Record<string, unknown>;

const writers = ['gateway-1', 'gateway-2'] as const;
const args = ['--gateways', '2'];

let world: RunningWorld;
/** The running one: it is started again on the way. */
let instance: Instance;
/** A connection of `reader` to each gateway. */
let each: readonly Connection[] = [];
let credentials: Readonly<Record<'bob' | 'cy', string>>;

const file = () => join(world.instance.folder, 'documents', 'estate.yaml');
const written = () => readFileSync(file(), 'utf8');
const write = (from: string, to: string) => {
  expect(written()).toContain(from);
  writeFileSync(file(), written().replace(from, to));
};

const as = (who: 'ada' | 'bob' | 'cy'): ControlClient =>
  who === 'ada'
    ? instance.admin
    : createControlClient({ url: instance.console, credential: credentials[who] });

/** A home of the command line in which this person is signed in. */
function home(who: 'bob' | 'cy'): { home: string; data: string } {
  const { folder, data } = world.instance;
  const of = join(folder, `home-of-${who}`);
  mkdirSync(of, { recursive: true, mode: 0o700 });
  const kept = JSON.stringify({ [data]: credentials[who] });
  writeFileSync(join(of, 'credentials.json'), kept, { mode: 0o600 });
  return { home: of, data };
}

async function codeOf(asked: Promise<unknown>): Promise<string> {
  return asked.then(
    () => 'done',
    (fault: unknown) => (fault instanceof ControlProblem ? fault.code : String(fault)),
  );
}

async function add(name: string): Promise<string> {
  const body = { name, roles: ['operator'], reason: 'the test' };
  const { credential }: Json = await instance.admin.request('POST', '/v1/people', body);
  return String(credential);
}

async function secondPerson(): Promise<Json> {
  const { readiness } = await instance.admin.request('GET', '/v1/status');
  return (readiness as Json[]).find(({ item }) => item === 'second person') ?? {};
}

async function reviews(): Promise<Json[]> {
  return (await instance.admin.request('GET', '/v1/changes'))['reviews'] as Json[];
}

async function open(): Promise<Json[]> {
  return (await reviews()).filter(({ state }) => state === 'open');
}

/** As a person does: they look at it, and say yes to what was shown. */
async function approve(who: 'ada' | 'bob' | 'cy', id: unknown): Promise<string> {
  const shown = await as(who).request('GET', `/v1/changes/${String(id)}`);
  const plan = (shown['plan'] as Json | null)?.['id'] ?? 'f'.repeat(64);
  const body = { plan, reason: 'looked' };
  return codeOf(as(who).request('POST', `/v1/changes/${String(id)}/approve`, body));
}

const spec = { owner: 'ada@example.com', purpose: 'one more', manifest: 'reading' };
const put = (who: 'ada' | 'bob' | 'cy', over: Json = {}) =>
  as(who).request('POST', '/v1/documents', {
    kind: 'Agent',
    name: 'extra',
    spec: { ...spec, ...over },
    reason: 'ticket 12',
  });

async function extra(): Promise<Json | undefined> {
  const { documents } = await instance.admin.request('GET', '/v1/documents?kind=Agent');
  return (documents as Json[]).find(({ name }) => name === 'extra')?.['spec'] as Json | undefined;
}

/** What comes of a call of `reader` at each gateway; one that wants a nonce first is asked again. */
async function atBoth(tool: string): Promise<readonly string[]> {
  return Promise.all(
    each.map(async (connection) => {
      const given = tool === 'fake.add' ? { a: 1, b: 2 } : { text: 'x' };
      let answer = await connection.call(tool, given);
      if (answer.status === 401) answer = await connection.call(tool, given);
      return answer.told?.code ?? (answer.isError ? 'error' : String(answer.status));
    }),
  );
}

const soon = { timeout: 100_000 };

/** Every gateway judges by the newest configuration. Calls that ask for it one after the other would trip a breaker. */
async function atEach(): Promise<void> {
  await expect
    .poll(async () => {
      const { snapshot, gatewayHealth } = await instance.admin.request('GET', '/v1/status');
      const { number } = snapshot as Json;
      return (gatewayHealth as Json[]).filter(({ configuration }) => configuration === number);
    }, soon)
    .toHaveLength(writers.length);
}

async function suspended(): Promise<unknown> {
  const { documents } = await instance.admin.request('GET', '/v1/documents?kind=Agent');
  const reader = (documents as Json[]).find(({ name }) => name === 'reader');
  return (reader?.['spec'] as Json | undefined)?.['suspended'];
}

async function connect(): Promise<void> {
  const client = await clientOf(await instance.enrolAgent('reader'), instance.gateway);
  each = Object.values(await connectionToEach(instance, client, writers));
  expect(each).toHaveLength(2);
}

function disconnect(): void {
  for (const connection of each) connection.close();
  each = [];
}

/** All of it at once, as a machine that loses power. */
async function killed(): Promise<void> {
  disconnect();
  const all = [instance.pid, ...descendants(instance.pid)];
  for (const pid of all) endNow(pid);
  await expect.poll(() => all.filter(lives), soon).toEqual([]);
}

async function started(): Promise<void> {
  const { folder, credential } = world.instance;
  const config = ['--config', join(folder, 'documents')];
  instance = await startInstance({ folder, credential, args: [...args, ...config] });
}

beforeAll(async () => {
  world = await startWorld('', { args });
  instance = world.instance;
}, 120_000);

afterAll(async () => {
  disconnect();
  if (instance !== world?.instance) await instance?.stop();
  await world?.close();
}, 60_000);

/** One after the other: each goes on where the one before it ended. */
describe('a folder of documents, where people are set up', () => {
  it('comes into force as it is written while one person is alone, and status says so', async () => {
    expect(await secondPerson()).toMatchObject({
      state: 'red',
      why: expect.stringContaining('one person alone'),
    });
    write('purpose: reads only', 'purpose: reads and adds');
    await expect
      .poll(async () => {
        const { agents } = await instance.admin.request('GET', '/v1/agents');
        return (agents as Json[]).map(({ purpose }) => purpose);
      }, soon)
      .toContain('reads and adds');
    expect(await reviews()).toEqual([]);
  });

  it('waits with what is risky from the moment when somebody else may say yes [LIF-04] [POL-06]', async () => {
    credentials = { bob: await add('bob'), cy: await add('cy') };
    expect((await secondPerson())['state']).toBe('green');
    await connect();
    write('tools: [ { tool: fake/echo } ]', 'tools: [ { tool: fake/echo }, { tool: fake/add } ]');
    await expect.poll(open, soon).toHaveLength(1);
    const [review] = await open();
    expect(review).toMatchObject({ owner: 'folder', documents: ['Manifest/reading'] });
    expect(await atBoth('fake.echo')).toEqual(['200', '200']);
    expect(new Set(await atBoth('fake.add'))).not.toContain('200');
    expect(await approve('bob', review?.['id'])).toBe('done');
    await atEach();
    expect(await atBoth('fake.add')).toEqual(['200', '200']);
    expect(await open()).toEqual([]);
  });

  it('puts in force at every gateway what only takes away, without anybody who says yes', async () => {
    write('manifest: reading }', 'manifest: reading, suspended: true }');
    await expect.poll(suspended, soon).toBe(true);
    await atEach();
    const refused = ['standing/agent-suspended', 'standing/agent-suspended'];
    expect(await atBoth('fake.echo')).toEqual(refused);
    expect(await open()).toEqual([]);
    // And back again is more than there was.
    write('manifest: reading, suspended: true }', 'manifest: reading }');
    await expect.poll(open, soon).toHaveLength(1);
    expect(await atBoth('fake.echo')).toEqual(refused);
    expect(await approve('cy', (await open())[0]?.['id'])).toBe('done');
    await atEach();
    expect(await atBoth('fake.echo')).toEqual(['200', '200']);
  });

  it('that is broken takes nothing down: the last documents stay until it is mended', async () => {
    const good = written();
    writeFileSync(file(), good.replace('manifest: reading }', 'manifest: nowhere }'));
    const configuration = async () => {
      const { readiness } = await instance.admin.request('GET', '/v1/status');
      return (readiness as Json[]).find(({ item }) => item === 'configuration')?.['state'];
    };
    await expect.poll(configuration, soon).toBe('red');
    expect(await atBoth('fake.echo')).toEqual(['200', '200']);
    writeFileSync(file(), good);
    await expect.poll(configuration, soon).toBe('green');
  });
});

describe('a document that somebody puts, where people are set up', () => {
  it('waits where it is risky: whoever put it does not say yes, and somebody else may [LIF-04]', async () => {
    expect(await codeOf(put('bob'))).toBe('config/needs-review');
    const [review] = await open();
    expect(review).toMatchObject({ askedBy: 'bob', documents: ['Agent/extra'] });
    expect(await approve('bob', review?.['id'])).toBe('config/second-person');
    expect(await extra()).toBeUndefined();
    // Whoever reviews it tries it first, by its id alone.
    const tries = ['policy', 'try', '--agent', 'extra', '--tool', 'fake/echo', '-o', 'json'];
    const tried = await runCli(home('cy'), [...tries, '--change', String(review?.['id'])]);
    expect(tried.json()).toMatchObject({ cases: [{ would: { said: 'allowed' } }] });
    expect(await approve('ada', review?.['id'])).toBe('done');
    expect(await extra()).toEqual(spec);
  });

  it('overwrites nothing: of two who change the same, the later yes is refused with what moved', async () => {
    expect(await codeOf(put('bob', { toolLimit: 500 }))).toBe('config/needs-review');
    const [review] = await open();
    const id = String(review?.['id']);
    const shown = await as('ada').request('GET', `/v1/changes/${id}`);
    // Fewer is a tightening: it is in force while the other still waits.
    await put('cy', { toolLimit: 7 });
    const body = { plan: (shown['plan'] as Json)['id'], reason: 'looked' };
    const late = as('ada').request('POST', `/v1/changes/${id}/approve`, body);
    await expect(late).rejects.toMatchObject({
      code: 'config/moved',
      details: { moved: ['Agent/extra'] },
    });
    expect(await extra()).toEqual({ ...spec, toolLimit: 7 });
    await as('bob').request('POST', `/v1/changes/${id}/reject`, { reason: 'cy was first' });
  });

  it('comes back as it was by a rollback, which waits as any change does [EXE-07]', async () => {
    const path = '/v1/documents/Agent/extra';
    const { versions } = await as('cy').request('GET', `${path}/history`);
    expect((versions as Json[]).map(({ appliedBy }) => appliedBy)).toEqual(['cy', 'ada']);
    const asked = await as('cy').request('POST', `${path}/rollback`, { to: 1, reason: 'too few' });
    const id = (asked['review'] as Json)['id'];
    expect(await approve('cy', id)).toBe('config/second-person');
    expect(await extra()).toEqual({ ...spec, toolLimit: 7 });
    expect(await approve('bob', id)).toBe('done');
    expect(await extra()).toEqual(spec);
  });
});

describe('a change that waits while everything is killed', () => {
  it('waits still, is decided by somebody else, and is in force', async () => {
    expect(await codeOf(put('bob', { toolLimit: 500 }))).toBe('config/needs-review');
    await killed();
    await started();
    const [review] = await open();
    expect(review).toMatchObject({ askedBy: 'bob', documents: ['Agent/extra'] });
    expect(await approve('bob', review?.['id'])).toBe('config/second-person');
    expect(await approve('cy', review?.['id'])).toBe('done');
    expect(await extra()).toEqual({ ...spec, toolLimit: 500 });
    await connect();
    expect(await atBoth('fake.echo')).toEqual(['200', '200']);
  }, 120_000);

  it('and is edited in the store meanwhile is over at the start, on record, and never in force [LIF-04]', async () => {
    expect(await codeOf(put('bob', { toolLimit: 600 }))).toBe('config/needs-review');
    const [review] = await open();
    const id = String(review?.['id']);
    await killed();
    const place = join(world.instance.data, 'store', 'tenants', 'main.sqlite');
    // The threads of what was killed may take a moment to let go of it.
    const store = new DatabaseSync(place, { timeout: 30_000 });
    const edit = `UPDATE document_reviews SET steps = replace(steps, '600', '6000') WHERE id = ?`;
    expect(store.prepare(edit).run(id).changes).toBe(1);
    store.close();
    await started();
    const why = expect.stringContaining('edited');
    const kept = (await reviews()).find((one) => one['id'] === id);
    expect(kept).toMatchObject({ state: 'rejected', decidedBy: 'system/config', why });
    expect(await approve('cy', id)).toBe('api/not-found');
    expect(await extra()).toEqual({ ...spec, toolLimit: 500 });
    await expect
      .poll(async () => {
        const path = '/v1/audit/records?q=type:config.change-ended';
        const { records } = await instance.admin.request('GET', path);
        return JSON.stringify(records);
      }, soon)
      .toContain(id);
  }, 120_000);
});

describe('a document that came by the API and lies in the folder too', () => {
  const spare = 'kind: Manifest\nname: spare\nspec:\n  tools: [ { tool: fake/echo } ]\n';
  const copy = () => join(world.instance.folder, 'documents', 'spare.yaml');
  const spec = (tool: string) => ({ tools: [{ tool: `fake/${tool}` }] });
  const apply = (tool: string) =>
    as('bob').request('POST', '/v1/documents', {
      kind: 'Manifest',
      name: 'spare',
      spec: spec(tool),
      reason: 'ticket 14',
    });
  const owner = async () => {
    const { documents } = await instance.admin.request('GET', '/v1/documents?kind=Manifest');
    return (documents as Json[]).find(({ name }) => name === 'spare')?.['owner'];
  };
  const configuration = async () => {
    const { readiness } = await instance.admin.request('GET', '/v1/status');
    return (readiness as Json[]).find(({ item }) => item === 'configuration') ?? {};
  };
  const restarted = async () => {
    await killed();
    await started();
  };

  it('is the folder`s from the yes on, and a start goes on with it [LIF-04]', async () => {
    expect(await codeOf(apply('echo'))).toBe('config/needs-review');
    const [byApi] = await open();
    writeFileSync(copy(), spare);
    await expect.poll(open, soon).toHaveLength(2);
    expect(await approve('cy', byApi?.['id'])).toBe('done');
    await restarted();
    expect((await configuration())['state']).toBe('green');
    await expect.poll(open, soon).toEqual([]);
    expect(await owner()).toBe('folder');
  }, 120_000);

  it('and says otherwise keeps no start from coming up: it is red, with the file, until somebody decides', async () => {
    rmSync(copy());
    await expect.poll(owner, soon).toBe(undefined);
    expect(await codeOf(apply('echo'))).toBe('config/needs-review');
    expect(await approve('cy', (await open())[0]?.['id'])).toBe('done');
    expect(await owner()).toBe('api');
    writeFileSync(copy(), spare.replace('fake/echo', 'fake/add'));
    const red = { state: 'red', why: expect.stringContaining('spare.yaml:1') };
    await expect.poll(configuration, soon).toMatchObject(red);
    await restarted();
    expect(await configuration()).toMatchObject(red);
    await connect();
    expect(await atBoth('fake.echo')).toEqual(['200', '200']);
    writeFileSync(copy(), spare);
    await expect.poll(owner, soon).toBe('folder');
    await expect.poll(async () => (await configuration())['state'], soon).toBe('green');
  }, 120_000);
});
