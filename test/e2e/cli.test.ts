import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/catalogue.ts';
import { createAgentFetch, enrol, generateInstanceKey } from '../../sdk/index.ts';
import { type CliAnswer, type CliPlace, runCli, until } from './cli.ts';
import { type Instance, startInstance, type TestAgent } from './instance.ts';
import { currentTiles } from './files.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { callTool } from './wire.ts';

let instance: Instance;
let upstream: Upstream;
let place: CliPlace;
let agent: TestAgent;

type Json = Record<string, unknown>;

const cli = (...args: string[]) => runCli(place, args);

/** One command with `-o json` that must succeed. */
async function done(...args: string[]): Promise<Json> {
  const answer = await cli(...args, '-o', 'json');
  expect({ args, code: answer.code, told: answer.code === 0 ? '' : answer.stdout }).toEqual({
    args,
    code: 0,
    told: '',
  });
  return answer.json();
}

const toolsNow = async () => (await done('tool', 'list', 'fake'))['tools'] as Json[];

/** From an empty folder to a working agent, by nothing but the command line. */
async function settle(): Promise<void> {
  const link = readFileSync(join(instance.data, 'run', 'setup-link'), 'utf8').trim();
  await done('setup', link, '--name', 'maria');
  const set = await runCli(place, ['secret', 'set', 'fake-key', '-o', 'json'], 'tok-123456789\n');
  expect(set.json()).toMatchObject({ name: 'fake-key', version: 1, namedBy: [] });
  const server = 'server add fake --trusted --secret fake-key --read echo --write pay --url';
  await done(...server.split(' '), upstream.url);
  const manifest =
    'manifest add work --tool fake/echo --tool fake/pay --tool fake/note --tool fake/drift';
  await done(...manifest.split(' '));
  const registered =
    'agent add worker --owner maria@example.com --purpose tests --manifest work --rate 6000';
  await done(...registered.split(' '));
}

async function enrolWith(joinToken: string): Promise<TestAgent> {
  const key = generateInstanceKey();
  const control = instance.console;
  const identity = await enrol({ control, joinToken, key });
  const fetch = createAgentFetch({ control, key, identity });
  return { name: 'worker', control, key, identity, fetch };
}

beforeAll(async () => {
  upstream = await startUpstream();
  // A credential that nobody has: the set-up is the command line's own work here.
  instance = await startInstance({ credential: '' });
  place = { home: join(instance.folder, 'home'), data: instance.data };
  await settle();
  await until(toolsNow, (tools) => tools.length >= 10);
  for (const tool of ['echo', 'pay', 'note', 'drift'])
    await done('tool', 'approve', `fake/${tool}`);
  agent = await enrolWith(String((await done('agent', 'token', 'worker'))['joinToken']));
}, 240_000);

afterAll(async () => {
  await instance?.remove();
  await upstream?.close();
});

/** A call that waits for a human; what the agent holds of it. */
async function holdPay(to: string): Promise<{ handle: string; approval: string; args: Json }> {
  const args = { to, amount: 12 };
  const { told } = await callTool(agent.fetch, instance.gateway, 'fake.pay', args);
  expect(told?.code).toBe('approvals/pending');
  return { handle: String(told?.handle), approval: String(told?.approval), args };
}

describe('the command line: what it says of itself', () => {
  // Every verb: src/cli/run.test.ts. Here each is a process of its own, and so one in six.
  it('explains verbs with usage, flags and examples, and needs nothing running for it', async () => {
    const nowhere = { home: join(instance.folder, 'nobody'), data: join(instance.folder, 'none') };
    const queue = commands.filter((_, at) => at % 6 === 0);
    const worker = async (): Promise<void> => {
      for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
        const answer = await runCli(nowhere, [...one.name.split(' '), '--help']);
        expect(answer.code).toBe(0);
        expect(answer.stdout).toMatch(
          /Usage:\n {2}bailiwick [\s\S]*Flags:\n[\s\S]*Examples:\n {2}\S/,
        );
        expect(answer.stdout).toContain(one.summary);
        expect(answer.stdout).toContain('-o, --output json|table');
      }
    };
    await Promise.all([worker(), worker(), worker()]);
  }, 180_000);

  it('exits 4 on a wrong word or flag, 5 when nothing runs, 3 when the answer is no', async () => {
    const nothing = { home: place.home, data: join(instance.folder, 'none') };
    const cases: [CliPlace, string[], number, string][] = [
      [place, ['agent', 'add', 'x', '-o', 'json'], 4, 'cli/usage'],
      [place, ['status', '--wrong', '-o', 'json'], 4, 'cli/usage'],
      [place, ['stop', 'agent', 'worker', '-o', 'json'], 4, 'cli/usage'],
      [nothing, ['status', '-o', 'json'], 5, 'cli/not-running'],
      [{ home: nothing.data, data: place.data }, ['status', '-o', 'json'], 3, 'api/unauthorized'],
      [place, ['agent', 'token', 'nobody', '-o', 'json'], 3, 'api/not-found'],
      [place, ['approval', 'show', 'nothing', '-o', 'json'], 3, 'approvals/unknown'],
      [place, ['audit', 'show', 'nothing', '-o', 'json'], 3, 'audit/record-unknown'],
    ];
    const answers = [];
    for (const [where, args] of cases) answers.push(await runCli(where, args));
    expect(answers.map((one) => [one.code, one.json()['code']])).toEqual(
      cases.map(([, , code, name]) => [code, name]),
    );
    for (const one of answers) expect(one.json()['suggestedAction']).toMatch(/\S/);
    expect((await cli('nonsense')).code).toBe(4);
    const human = await runCli(nothing, ['status']);
    expect(human.stderr).toMatch(/^error: .*\(cli\/not-running\)\nwhat to do: /);
  });

  it('refuses the set-up link a second time, and keeps the credential from output and other eyes', async () => {
    const again = await cli(
      'setup',
      `${instance.console}/#setup=${'A'.repeat(22)}`,
      '--name',
      'eve',
      '-o',
      'json',
    );
    expect([again.code, again.json()['code']]).toEqual([3, 'api/setup-link-invalid']);
    const file = join(place.home, 'credentials.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('the command line: agents, servers, tools', () => {
  it('says what runs, what is red and who is there', async () => {
    const status = await done('status');
    expect(status).toMatchObject({ tenant: 'main', agents: 1, gateways: 1 });
    expect((await cli('status')).stdout).toMatch(/READINESS +STATE +WHY/);
    const { agents } = await done('agent', 'list');
    expect(agents).toMatchObject([
      { name: 'worker', owner: 'maria@example.com', manifest: 'work', state: 'active' },
    ]);
    expect((await done('server', 'list'))['servers']).toMatchObject([
      { server: 'fake', state: 'up' },
    ]);
  });

  it('pins what a person approved and nothing else [TOL-10]', async () => {
    const states = Object.fromEntries(
      (await toolsNow()).map((one) => [String(one['tool']), one['state']]),
    );
    expect(states).toMatchObject({ echo: 'pinned', pay: 'pinned', sleep: 'waiting' });
    const other = await cli(
      'tool',
      'approve',
      'fake/sleep',
      '--digest',
      '0'.repeat(64),
      '-o',
      'json',
    );
    expect(other.code).toBe(3);
    const refused = await cli('manifest', 'add', 'broken', '--tool', 'nothing', '-o', 'json');
    expect([refused.code, refused.json()['code']]).toEqual([3, 'config/invalid']);
  });

  it('suspends an agent and lets it act again', async () => {
    const echo = () => callTool(agent.fetch, instance.gateway, 'fake.echo', {});
    await done('agent', 'suspend', 'worker', '--reason', 'odd');
    expect((await done('agent', 'list'))['agents']).toMatchObject([{ state: 'suspended' }]);
    const { told } = await until(echo, (answer) => answer.told !== undefined);
    expect(told?.code).toBe('standing/agent-suspended');
    await done('agent', 'resume', 'worker', '--reason', 'checked');
    await until(echo, (answer) => answer.told === undefined);
  });

  it('lends an unbound bearer to read tools only, and its records say so [IDN-20]', async () => {
    const token = await done('agent', 'token', 'worker', '--bearer');
    expect(token).toMatchObject({ tokenType: 'Bearer', expiresIn: 900 });
    const bearer: typeof fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${String(token['accessToken'])}`);
      return fetch(url, { ...init, headers });
    };
    const read = await callTool(bearer, instance.gateway, 'fake.echo', { text: 'hi' });
    expect(read.text).toBe('{"text":"hi"}');
    const seen = upstream.calls().length;
    const write = await callTool(bearer, instance.gateway, 'fake.pay', { to: 'bob', amount: 1 });
    expect(write.told?.code).toBe('identity/unbound-not-allowed');
    expect(upstream.calls().length).toBe(seen);
    for (const id of [read.record, write.record]) {
      const found = await until(
        () => cli('audit', 'show', String(id), '-o', 'json'),
        ({ code }) => code === 0,
      );
      const { actors } = found.json()['record'] as { actors: Json[] };
      expect(actors[0]).toMatchObject({ kind: 'agent', name: 'worker', binding: 'none' });
    }
  });

  it('revokes an unbound bearer: it is listed, and its next call is refused [IDN-20, IDN-23]', async () => {
    const token = await done('agent', 'token', 'worker', '--bearer');
    const bearer: typeof fetch = (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${String(token['accessToken'])}`);
      return fetch(url, { ...init, headers });
    };
    const echo = () => callTool(bearer, instance.gateway, 'fake.echo', {});
    expect((await echo()).told).toBeUndefined();
    const [worker] = (await done('agent', 'list'))['agents'] as { unbound: Json[] }[];
    expect(worker?.unbound.map((one) => one['instance'])).toContain(token['instance']);
    await done('instance', 'revoke', String(token['instance']), '--reason', 'sent by mistake');
    const gone = await until(echo, (answer) => answer.told !== undefined);
    expect(gone.told?.code).toBe('standing/instance-revoked');
  });

  it('revokes one running copy for good [IDN-23]', async () => {
    const other = await enrolWith(String((await done('agent', 'token', 'worker'))['joinToken']));
    const echo = () => callTool(other.fetch, instance.gateway, 'fake.echo', {});
    expect((await until(echo, (answer) => answer.told === undefined)).isError).toBe(false);
    await done('instance', 'revoke', other.identity.instance, '--reason', 'laptop lost');
    const gone = await until(echo, (answer) => answer.told !== undefined);
    expect(['standing/instance-revoked', 'identity/key-mismatch']).toContain(gone.told?.code);
  });
});

describe('the command line: policy', () => {
  it('judges text, exit 1 with file and line for what is wrong', async () => {
    const good = join(instance.folder, 'good.cedar');
    writeFileSync(good, '@id("g")\nforbid(principal, action == Action::"fake/pay", resource);\n');
    expect((await cli('policy', 'check', good)).code).toBe(0);
    const bad = join(instance.folder, 'bad.cedar');
    writeFileSync(
      bad,
      '@id("g")\nforbid(principal, action == Action::"fake/pay", resource)\nwhen { nonsense };\n',
    );
    const table = await cli('policy', 'check', bad);
    expect([table.code, table.stdout]).toEqual([1, expect.stringMatching(/bad\.cedar:3:\d+: \S/)]);
    const json = await cli('policy', 'check', bad, '-o', 'json');
    expect([json.code, json.json()['problems']]).toEqual([
      1,
      [expect.objectContaining({ line: 3 })],
    ]);
    expect((await cli('policy', 'check', join(instance.folder, 'gone.cedar'))).code).toBe(3);
  });

  it('explains what would be decided and by which rule [POL-23]', async () => {
    const explain = (tool: string, args = '{"to":"b","amount":2}') =>
      done('policy', 'explain', '--agent', 'worker', '--tool', tool, '--arguments', args);
    expect(await explain('fake/echo', '{}')).toMatchObject({ effect: 'allow' });
    // The gateway refuses arguments that the tool does not name, so the explanation does.
    const unfit = ['--agent', 'worker', '--tool', 'fake/echo', '--arguments', '{"to":"b"}'];
    const answer = await cli('policy', 'explain', ...unfit, '-o', 'json');
    expect(answer.code).toBe(1);
    expect(answer.json()).toMatchObject({
      effect: 'deny',
      refusal: { code: 'tools/unnamed-argument' },
    });
    const pay = await explain('fake/pay');
    expect(pay['effect']).toBe('approve');
    expect(String(pay['lines'])).toMatch(/\S/);
    expect(await explain('fake/sleep')).toMatchObject({ effect: 'deny' });
  });
});

describe('the command line: approvals', () => {
  it('lists, shows and approves one call, which then runs once [APR-01]', async () => {
    const held = await holdPay('bob');
    const { approvals } = await done('approval', 'list');
    expect((approvals as Json[]).map((one) => one['id'])).toContain(held.approval);
    expect(JSON.stringify(await done('approval', 'show', held.approval))).not.toContain(
      held.handle,
    );
    const shown = await cli('approval', 'show', held.approval);
    expect(shown.stdout).toMatch(/^effect +write, cannot be undone\ntool +fake\/pay\narguments /);
    expect((await cli('approval', 'approve', held.approval)).code).toBe(4);
    const yes = await done('approval', 'approve', held.approval, '--reason', 'checked');
    expect(yes).toMatchObject({ state: 'approved', decidedBy: 'maria', reason: 'checked' });
    const again = () =>
      callTool(agent.fetch, instance.gateway, 'fake.pay', held.args, { handle: held.handle });
    const paid = await until(again, ({ told }) => told?.code !== 'approvals/pending');
    expect(paid.text).toBe('paid 12 to bob');
    const seen = upstream.calls().length;
    // What it answered was untrusted, which alone would void the yes; it is spent besides.
    expect(['approvals/spent', 'approvals/void']).toContain((await again()).told?.code);
    expect(upstream.calls().length).toBe(seen);
    const twice = await cli('approval', 'approve', held.approval, '--reason', 'x', '-o', 'json');
    expect(twice.code).toBe(3);
  });

  it('rejects one call, which then never runs [APR-01]', async () => {
    const held = await holdPay('eve');
    const seen = upstream.calls().length;
    await done('approval', 'reject', held.approval, '--reason', 'no such customer');
    const { told } = await callTool(agent.fetch, instance.gateway, 'fake.pay', held.args, {
      handle: held.handle,
    });
    expect(told?.code).toBe('approvals/rejected');
    expect(upstream.calls().length).toBe(seen);
  });
});

describe('the command line: the stop', () => {
  const echo = () => callTool(agent.fetch, instance.gateway, 'fake.echo', {});
  const stopped = () => until(echo, ({ told }) => told?.code === 'stop/active');
  const released = () => until(echo, ({ told }) => told === undefined);

  it.each([['agent', 'worker'], ['tool', 'fake/echo'], ['tenant', 'main'], ['all']])(
    'stops %s %s and releases it by name and reason [MON-17, OBS-11]',
    async (...target) => {
      await done('stop', ...target, '--reason', 'incident 17');
      await stopped();
      const { entries } = await done('stop', 'list');
      const stops = (entries as Json[]).filter(({ why }) => why === 'stop');
      expect(stops).toMatchObject([{ by: 'maria', reason: 'incident 17' }]);
      const tail = ['audit', 'tail', '--type', 'stop.set', '-n', '1'];
      const { records } = await until(
        () => done(...tail),
        (found) => JSON.stringify(found['records']).includes('incident 17'),
      );
      expect(records).toMatchObject([{ record: { details: { reason: 'incident 17' } } }]);
      expect((await cli('release', ...target)).code).toBe(4);
      await done('release', ...target, '--reason', 'over');
      await released();
    },
  );

  it('stops by the file when control does not answer [MON-17]', async () => {
    await done('stop', 'agent', 'worker', '--offline', '--reason', 'control is away');
    await stopped();
    await done('release', 'agent', 'worker', '--offline', '--reason', 'it is back');
    await released();
  });
});

/** Escapes that move the cursor, a bidi override, tag characters, a zero width space. */
const hostile = '\u001b[2J\u001b[31mpay 1\u202e00\u200b ok\u{e0041}\u{e007f}\u009b';
const raw = /(?!\n)[\p{Cc}\p{Cf}]/u;

describe('the command line: text that others wrote', () => {
  it('shows hostile arguments as they are and lets none of them act [APR-01]', async () => {
    const held = await holdPay(hostile);
    for (const args of [
      ['approval', 'show', held.approval],
      ['approval', 'list'],
    ]) {
      const { stdout } = await cli(...args);
      expect(stdout).toMatch(/\\u001b\[2J/);
      expect(raw.exec(stdout)).toBeNull();
    }
    const shown = await cli('approval', 'show', held.approval);
    expect(shown.stdout).toContain('\\u{202e}');
    expect(shown.stdout).toContain('\\u{e0041}');
    await done('approval', 'reject', held.approval, '--reason', hostile);
    expect(raw.exec((await cli('approval', 'show', held.approval)).stdout)).toBeNull();
    expect(raw.exec((await cli('audit', 'tail', '-n', '50')).stdout)).toBeNull();
  });

  it('shows a hostile tool description in the diff, quarantined until a person approves it [TOL-17]', async () => {
    upstream.setDescription('drift', hostile);
    const { told } = await callTool(agent.fetch, instance.gateway, 'fake.drift', {});
    expect(told?.code).toBe('tools/quarantined');
    const tools = await until(toolsNow, (all) =>
      all.some((one) => one['tool'] === 'drift' && one['state'] !== 'pinned'),
    );
    expect(tools.find((one) => one['tool'] === 'drift')?.['state']).toBe('quarantined');
    const { stdout, code } = await cli('tool', 'diff', 'fake/drift');
    expect(code).toBe(0);
    expect(raw.exec(stdout)).toBeNull();
    expect(stdout).toContain('\\u{202e}');
    expect(stdout).toContain('serious hidden-characters');
    const unread = await cli('tool', 'approve', 'fake/drift', '-o', 'json');
    expect([unread.code, unread.stderr + unread.stdout]).toEqual([
      3,
      expect.stringContaining('tools/unread-findings'),
    ]);
    await done('tool', 'approve', 'fake/drift', '--accept-findings');
    expect(await done('tool', 'diff', 'fake/drift')).toMatchObject({ state: 'pinned', diff: [] });
  });
});

describe('the command line: the log', () => {
  it('tails, shows and proves records', async () => {
    const { records } = await done('audit', 'tail', '-n', '5', '--agent', 'worker');
    expect((records as Json[]).length).toBe(5);
    const last = (records as { record: Json }[]).at(-1)?.record;
    const shown = await done('audit', 'show', String(last?.['id']));
    expect(shown['record']).toEqual(last);
    expect((await cli('audit', 'tail')).stdout).toMatch(/TIME +TYPE +WHO +WHAT/);
    const proof = await cli('audit', 'show', String(last?.['id']), '--proof');
    expect(proof.stdout).toMatch(/^c2sp\.org\/tlog-proof@v1\n/);
  });

  it('annotates a record and its task, and tells that under both and in a bundle [AUD-20]', async () => {
    const { records } = await done('audit', 'tail', '-n', '1', '--type', 'policy.intent');
    const { record } = (records as { record: Json }[])[0] ?? { record: {} };
    const [id, task] = [String(record['id']), String(record['task'])];
    const { id: said } = await done(
      'audit',
      'annotate',
      id,
      '--note',
      `first \u001b[2K ${hostile}`,
    );
    await until(
      () => cli('audit', 'annotate', task, '--note', 'INC-17', '-o', 'json'),
      ({ code }) => code === 0,
    );
    const shown = await until(
      () => cli('audit', 'show', id),
      ({ stdout }) => stdout.includes(String(said)),
    );
    expect(shown.stdout).toContain('Said later');
    expect(raw.exec(shown.stdout)).toBeNull();
    expect((await done('audit', 'show', id))['record']).toEqual(record);
    const { stdout } = await until(
      () => cli('audit', 'timeline', task),
      (told) => told.stdout.includes('INC-17'),
    );
    expect(stdout).toContain(String(said));
    const to = join(instance.folder, 'case-17');
    const told = await done('audit', 'export', `task:${task}`, '--format', 'bundle', '--to', to);
    expect(told['annotations']).toBe(2);
    const keys = join(instance.folder, 'keys.txt');
    writeFileSync(keys, (await cli('audit', 'keys')).stdout);
    expect((await cli('audit', 'check-bundle', to, '--keys', keys)).code).toBe(0);
    const untold = await cli('audit', 'check-bundle', to, '-o', 'json');
    expect([untold.code, untold.json()['trusted']]).toEqual([2, false]);
    expect((await cli('audit', 'prove', id, '--keys', keys)).stdout).toContain('tlog-proof@v1');
  });

  it('verifies without anything running: 2 unwitnessed, 0 when that is accepted, 1 for one flipped byte, naming where [AUD-03]', async () => {
    const copy = join(instance.folder, 'copy');
    const verify = (...flags: string[]) => cli('audit', 'verify', copy, ...flags, '-o', 'json');
    // The log is being written: a copy is one of many moments until one is of a single moment.
    let whole = await copyAndVerify(copy, verify);
    for (let tries = 0; tries < 20 && whole.code !== 2; tries += 1) {
      whole = await copyAndVerify(copy, verify);
    }
    expect([whole.code, whole.json()['status']]).toEqual([2, 'consistent']);
    expect((await verify('--accept-unwitnessed')).code).toBe(0);
    const files = currentTiles(copy);
    expect(files.some((file) => file.includes('/tile/entries/'))).toBe(true);
    for (const file of files) {
      const before = readFileSync(file);
      const flipped = Buffer.from(before);
      const at = Math.floor(flipped.length / 2);
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      writeFileSync(file, flipped);
      const broken = await verify('--accept-unwitnessed');
      writeFileSync(file, before);
      expect([file, broken.code]).toEqual([file, 1]);
      const bad = (broken.json()['logs'] as Json[]).filter(
        (log) => log['status'] === 'inconsistent',
      );
      expect(bad).toHaveLength(1);
      expect({ file, index: bad[0]?.['index'] }).toEqual({ file, index: expect.any(Number) });
    }
    expect((await verify()).code).toBe(2);
  });
});

async function copyAndVerify(copy: string, verify: () => Promise<CliAnswer>): Promise<CliAnswer> {
  for (;;) {
    rmSync(copy, { recursive: true, force: true });
    try {
      cpSync(join(instance.data, 'log'), copy, { recursive: true });
      return await verify();
    } catch (fault) {
      // A file was replaced between its listing and its copying.
      if (!(fault instanceof Error && 'code' in fault && fault.code === 'ENOENT')) throw fault;
    }
  }
}
