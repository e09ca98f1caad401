import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { type ControlWorld, createControlWorld } from '../../../test/fakes/control-world.ts';
import { documentKinds } from '../../programs/catalogue.ts';
import { runCommandLine } from '../run.ts';

let world: ControlWorld;
let folder: string;

beforeAll(async () => {
  world = await createControlWorld();
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-plan-'));
  const cedar =
    '// who\n@id("p/a") permit(principal, action, resource);\n\n@id("p/b") forbid(principal, action, resource) when { context has user };\n';
  const documents: readonly JsonObject[] = [
    { kind: 'ToolServer', name: 'notes', spec: { connect: { url: 'http://127.0.0.1:1/mcp' } } },
    {
      kind: 'Manifest',
      name: 'desk',
      spec: {
        tools: [{ tool: 'notes/see', arguments: { n: { max: 1.5, oneOf: ['1e3', null] } } }],
      },
    },
    {
      kind: 'Agent',
      name: 'support',
      spec: { owner: 'ann: #1', purpose: 'x\n y', manifest: 'desk' },
    },
    { kind: 'Policy', name: 'p', spec: { cedar } },
  ];
  for (const body of documents) {
    const { status, body: answer } = await world.ask('POST', '/v1/documents', {
      as: world.credential('admin'),
      body: { ...body, reason: 'first' },
    });
    expect([status, answer]).toEqual([200, answer]);
  }
});

afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

async function run(line: string, role: 'admin' | 'operator' = 'operator') {
  let [out, error] = ['', ''];
  const code = await runCommandLine(line.split(' '), {
    env: { BAILIWICK_URL: world.url, BAILIWICK_CREDENTIAL: world.credential(role) },
    userHome: folder,
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    readStdin: async () => '',
    kinds: documentKinds,
  });
  await world.settle();
  return { code, out, error };
}

/** One after the other: each goes on where the one before it ended. */
describe('documents by the command line', () => {
  const dir = () => join(folder, 'documents');
  const file = () => join(dir(), 'Agent', 'support.yaml');

  it('are exported, valid, and a plan of them is empty', async () => {
    expect(await run(`export ${dir()}`)).toMatchObject({ code: 0, error: '' });
    expect((await run(`validate ${dir()}`)).out).toBe('4 documents, no problems\n');
    expect(await run(`plan ${dir()}`)).toMatchObject({ code: 0, out: 'nothing would change\n' });
    expect((await run(`export ${dir()}`)).error).toContain('is not empty');
  });

  it('are printed as files by -o yaml, every hidden character escaped, and read back the same', async () => {
    const all = await run('get -o yaml');
    const other = join(folder, 'printed');
    mkdirSync(other);
    writeFileSync(join(other, 'all.yaml'), all.out);
    expect(await run(`plan ${other}`)).toMatchObject({ code: 0, out: 'nothing would change\n' });
    const odd = {
      kind: 'Agent',
      name: 'odd',
      spec: { owner: 'ann', purpose: 'a\u202eb\u001b[2J', manifest: 'desk' },
    };
    const as = world.credential('admin');
    await world.ask('POST', '/v1/documents', { as, body: { ...odd, reason: 'x' } });
    const one = await run('get Agent/odd -o yaml');
    expect(one.out).toContain('purpose: "a\\u202eb\\u001b[2J"');
    expect((await run('history Agent/odd -o yaml')).out).toContain('reason: x\n');
    expect((await run('change list -o yaml')).out).toContain('reviews: []\n');
    expect((await run('stops -o yaml')).code).toBe(4);
    await world.ask('POST', '/v1/documents/Agent/odd/remove', { as, body: {} });
  });

  it('say whose they are: what the watched folder owns is changed there, and what is not here is left alone', async () => {
    const owned = {
      kind: 'Policy',
      name: 'q',
      spec: { cedar: 'permit(principal, action, resource);' },
    };
    const set = { tenant: 'main', owner: 'folder' as const, by: 'folder', now: world.clock.now() };
    await world.store.documents.replaceAll({ ...set, documents: [{ ...owned, digest: 'd' }] });
    const here = join(folder, 'mine');
    mkdirSync(here);
    writeFileSync(join(here, 'q.yaml'), 'kind: Policy\nname: q\nspec:\n  cedar: ""\n');
    const planned = await run(`plan ${here}`);
    expect(planned.out).toContain('  the watched folder owns it: `apply` refuses it');
    const told = JSON.parse((await run(`plan ${here} -o json`)).out) as JsonObject;
    expect(told).toMatchObject({
      steps: [{ kind: 'Policy', name: 'q', owner: 'folder' }],
      leftAlone: ['Agent/support', 'Manifest/desk', 'Policy/p', 'ToolServer/notes'],
    });
    expect((await run(`apply ${here} --reason x`)).error).toContain('store/conflict');
    await world.store.documents.replaceAll({ ...set, documents: [] });
  });

  it('are planned in sentences, and a plan that changes something ends with 2', async () => {
    writeFileSync(file(), readFileSync(file(), 'utf8').concat('  callsPerDay: 5\n'));
    const { code, out } = await run(`plan ${dir()}`);
    expect(code).toBe(2);
    expect(out).toContain(
      'Agent/support: changes, tightening\n  - Agent `support`: `callsPerDay` is new: 5\n',
    );
    expect(out).toMatch(/^1 documents: 0 risky .*\nplan [0-9a-f]{64}$/m);
  });

  it('with problems are not planned: each is told with its place', async () => {
    writeFileSync(join(dir(), 'bad.yaml'), 'kind: Manifst\nname: x\nspec: {}\n');
    const { code, error } = await run(`plan ${dir()}`);
    expect(code).toBe(1);
    expect(error).toContain(
      'bad.yaml:1:1: `Manifst` is no kind of document; did you mean `Manifest`?',
    );
    rmSync(join(dir(), 'bad.yaml'));
  });

  it('are applied: what only takes away at once, what is risky waits', async () => {
    const done = await run(`apply ${dir()} --reason why`);
    expect(done).toMatchObject({
      code: 0,
      out: expect.stringContaining('in force: Agent/support'),
    });
    rmSync(join(dir(), 'Policy'), { recursive: true });
    expect((await run(`plan ${dir()}`)).out).toContain('left as they are: Policy/p');
    const waits = await run(`apply ${dir()} --prune --reason why`);
    expect(waits.code).toBe(2);
    const id = /change show (\S+)/.exec(waits.out)?.[1] ?? '';
    const shown = await run(`change show ${id}`);
    expect(shown.out).toContain('-   @id("p/a") permit(principal, action, resource);');
    expect(shown.out).toContain(
      '! a permit goes (p): @id("p/a") permit(principal, action, resource)',
    );
    const plan = /^plan (\S+)$/m.exec(shown.out)?.[1] ?? '';
    const own = await run(`change approve ${id} --plan ${plan} --reason yes`);
    expect([own.code, own.error]).toEqual([3, expect.stringContaining('config/second-person')]);
    expect((await run(`change approve ${id} --plan ${plan} --reason yes`, 'admin')).code).toBe(0);
    expect((await run('change list')).out).toContain('applied');
    expect((await run('get')).out).not.toContain('Policy');
  });

  it('tell their versions, what differs between them, and come back', async () => {
    const { out } = await run('history Agent/support');
    expect(out).toMatch(/^2 .* why /m);
    expect((await run('diff Agent/support')).out).toBe('+ callsPerDay: 5\n');
    expect((await run('diff Agent/support 2 2')).code).toBe(0);
    expect((await run('diff Agent/nobody')).code).toBe(3);
    const described = await run('describe Agent/support');
    expect(described.out).toMatch(/^reason +why$/m);
    expect(described.out).toContain('  manifest: desk\n');
    expect((await run('rollback Agent/support --to 1 --reason back')).code).toBe(2);
    expect((await run('change reject nothing --reason no')).code).toBe(3);
  });
});
