import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createControlClient } from '../../sdk/index.ts';
import { runCli, until } from './cli.ts';
import type { TestAgent } from './instance.ts';
import { callTool } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';
import { sayYes } from './say-yes.ts';

type Json = Record<string, unknown>;

let world: RunningWorld;
let worker: TestAgent;
let privacy = '';

beforeAll(async () => {
  world = await startWorld();
  worker = await world.instance.enrolAgent('worker');
  const body = { name: 'pia', roles: ['privacy', 'auditor'], reason: 'the test' };
  const added: Json = await world.instance.admin.request('POST', '/v1/people', body);
  privacy = String(added['credential']);
}, 60_000);
afterAll(() => world?.close());

const call = (tool: string, args: Json, meta = {}) =>
  callTool(worker.fetch, world.gateway, tool, args, meta);

/** The command line of pia, over files that lie in her folder. */
async function pia(
  files: Readonly<Record<string, string>>,
  flag: '--with' | '--cases',
  ...args: readonly string[]
) {
  const home = join(world.instance.folder, 'home-of-pia');
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const kept = JSON.stringify({ [world.instance.data]: privacy });
  writeFileSync(join(home, 'credentials.json'), kept, { mode: 0o600 });
  const given = Object.entries(files).flatMap(([name, text]) => {
    writeFileSync(join(home, name), text);
    return [flag, join(home, name)];
  });
  return runCli({ home, data: world.instance.data }, [...args, ...given]);
}

const asked = ['policy', 'replay', '--since', '1h', '--purpose', 'the test', '--agent', 'worker'];
const replay = (files: Readonly<Record<string, string>>, ...args: readonly string[]) =>
  pia(files, '--with', ...asked, ...args);

const told = async (files: Readonly<Record<string, string>>): Promise<Json> =>
  (await replay(files, '-o', 'json')).json();

const changesOf = (answer: Json) => answer['changes'] as Json[];

async function signed(count: number): Promise<void> {
  const as = createControlClient({ url: world.instance.console, credential: privacy });
  const query = encodeURIComponent('agent:worker action:policy.intent');
  await until(
    () => as.request('GET', `/v1/audit/records?q=${query}&limit=50`),
    ({ records }: Json) => (records as Json[]).length >= count,
  );
}

describe('policies over calls that are on record', () => {
  it('say which of them would be answered otherwise, by the arguments that were sent, and do nothing [POL-04] [POL-07]', async () => {
    for (const text of ['hello', 'good bye', 'hello again']) await call('fake.echo', { text });
    const held = await call('fake.pay', { to: 'bob', amount: 70 });
    const { handle, approval } = held.told ?? {};
    await sayYes(world.instance.admin, approval);
    await call('fake.pay', { to: 'bob', amount: 70 }, { handle: String(handle) });
    await signed(4);
    const sent = world.upstream.calls().length;

    // As it is in force, all is answered as it was.
    const same = await told({});
    expect(same).toMatchObject({ judged: 5, same: 5, changes: [], movedSince: 0, skipped: [] });

    const hush = `@id("hush") forbid(principal, action == Action::"fake/echo", resource) when { context.input has text && context.input.text like "hello*" };`;
    const pay = `@id("trusted") permit(principal, action == Action::"fake/pay", resource) when { context.input has amount && context.input.amount < 50 };`;
    const answer = await told({ 'hush.cedar': hush });
    expect(answer).toMatchObject({ problems: [] });
    expect(changesOf(answer)).toMatchObject([
      {
        agent: 'worker',
        target: 'tool:fake/echo',
        from: 'allowed',
        to: 'refused (policy/denied)',
        way: 'less',
        calls: 2,
        rules: { to: ['hush'] },
      },
    ]);
    expect(answer).toMatchObject({ judged: 5, same: 3 });
    // Seventy is not below fifty: the human is asked as before.
    expect(changesOf(await told({ 'pay.cedar': pay }))).toEqual([]);
    const wider = await told({ 'pay.cedar': pay.replace('50', '100') });
    expect(changesOf(wider)).toMatchObject([
      { target: 'tool:fake/pay', from: 'held (write)', to: 'allowed', way: 'more', calls: 2 },
    ]);
    expect(world.upstream.calls().length).toBe(sent);
  });

  it('are drawn for people, end with 2 where something changes, and say what is wrong with a rule', async () => {
    const closed = '@id("none") forbid(principal, action, resource);';
    const drawn = await replay({ 'closed.cedar': closed });
    expect(drawn.code).toBe(2);
    expect(drawn.stdout).toMatch(/-\s+worker\s+tool:fake\/echo\s+allowed\s+refused/);
    expect(drawn.stdout).toContain('5 calls decided again');
    const broken = await replay({ 'closed.cedar': 'permit(principal action);' });
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/closed\.cedar:1:\d+: /);
  });
});

describe('a call and its record', () => {
  it('is tried as it is then answered, and its refusal is explained with what would have let it through [POL-04] [POL-07]', async () => {
    const calls = JSON.stringify([
      {
        name: 'a note',
        agent: 'worker',
        target: 'fake/echo',
        arguments: { text: 'x' },
        expect: 'allowed',
      },
      { name: 'hidden', agent: 'worker', target: 'fake/nothing', expect: 'refused' },
    ]);
    const sent = world.upstream.calls().length;
    const tried = await pia({ 'calls.json': calls }, '--cases', 'policy', 'try', '-o', 'json');
    expect(tried.json()).toMatchObject({
      cases: [
        { name: 'a note', asExpected: true, would: { said: 'allowed' } },
        { name: 'hidden', asExpected: true },
      ],
    });
    expect(tried.code).toBe(0);
    const no = '@id("hush/all") forbid(principal, action == Action::"fake/echo", resource);';
    const one = ['policy', 'try', '--agent', 'worker', '--tool', 'fake/echo'];
    const given = [...one, '--arguments', '{"text":"x"}', '-o', 'json'];
    const forbidden = await pia({ 'hush.cedar': no }, '--with', ...given);
    expect(forbidden.json()).toMatchObject({
      cases: [{ way: 'less', would: { rules: ['hush/all'] } }],
    });
    expect(forbidden.code).toBe(2);
    expect(world.upstream.calls().length).toBe(sent);

    const put = { kind: 'Policy', name: 'hush', spec: { cedar: no }, reason: 'the test' };
    await world.instance.admin.request('POST', '/v1/documents', put);
    await call('fake.echo', { text: 'x' });
    const as = createControlClient({ url: world.instance.console, credential: privacy });
    const query = encodeURIComponent('agent:worker code:policy/denied');
    const { records } = (await until(
      () => as.request('GET', `/v1/audit/records?q=${query}`),
      (answer: Json) => (answer['records'] as Json[]).length > 0,
    )) as { records: { record: { id: string } }[] };
    const id = records[0]?.record.id ?? '';
    const told = await pia({}, '--with', 'policy', 'explain', id, '--arguments', '{"text":"x"}');
    expect(told.code).toBe(0);
    expect(told.stdout).toContain('`worker` asked for');
    expect(told.stdout).toMatch(/decide\s+NO: policy\/denied/);
    expect(told.stdout).toMatch(/`hush\/all`, a forbid, in policy `hush` at 1:1/);
    expect(told.stdout).toMatch(/1\. rule `hush\/all`[^]*does not apply/);
  });
});

describe('a policy in shadow', () => {
  it('decides nothing at the gateways, and what it would change is told by control [POL-06]', async () => {
    const put = (name: string, spec: Json) =>
      world.instance.admin.request('POST', '/v1/documents', {
        kind: 'Policy',
        name,
        spec,
        reason: 'the test',
      });
    await put('hush', { cedar: '' });
    const cedar =
      '@id("quiet") forbid(principal, action == Action::"fake/echo", resource) when { context.input has text && context.input.text == "loud" };';
    await put('quiet', { cedar, shadow: true });
    for (const text of ['loud', 'soft', 'loud']) {
      expect((await call('fake.echo', { text })).isError).toBe(false);
    }
    const report = () => pia({}, '--with', 'policy', 'shadow', 'report', '-o', 'json');
    const told = await until(
      async () => (await report()).json(),
      (answer) => Number(answer['compared']) >= 3,
    );
    expect(told).toMatchObject({
      shadows: [{ name: 'quiet', replaces: null }],
      compared: 3,
      differing: 2,
      faults: 0,
      lines: [{ agent: 'worker', target: 'tool:fake/echo', from: 'allow', to: 'deny', calls: 2 }],
    });
    const drawn = await pia({}, '--with', 'policy', 'shadow', 'report');
    expect(drawn.code).toBe(2);
    expect(drawn.stdout).toMatch(/worker\s+tool:fake\/echo\s+allow\s+deny\s+2/);
  });
});
