import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { type AskFields, codeOf, ExchangeWorld } from '../../../test/fakes/exchange-world.ts';
import type { TestInstance } from '../../../test/fakes/identity-world.ts';
import { tokenTypes } from './exchange-parts.ts';

let folder: string;
let world: ExchangeWorld;
let planner: TestInstance;
let clerk: TestInstance;

const prompts = ['read', 'draft', 'wire', 'close'];
const details = JSON.stringify({ instruction: 'draft the answer to ticket 7' });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-hand-off-'));
  world = new ExchangeWorld(folder);
  await world.start();
  planner = await world.agent('planner', ['read', 'draft']);
  clerk = await world.agent('clerk', ['draft', 'wire', 'close']);
  await world.put(
    ['Entitlement', 'all', { everyone: true, targets: prompts.map((one) => `prompt:crm/${one}`) }],
    ['Exchange', 'planner', { ...policy, agent: 'planner' }],
    ['HandOff', 'planner-clerk', { from: 'planner', to: 'clerk' }],
  );
});

const policy = { provider: 'acme', everyone: true, effects: ['read', 'write'] };

afterEach(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function give(
  from: TestInstance,
  token: string,
  to: string,
  fields: AskFields = {},
): Promise<string> {
  const given = await world.exchange(from, token, {
    requestedTokenType: tokenTypes.handOff,
    targets: [`agent:${to}`],
    requestDetails: details,
    ...fields,
  });
  return given.accessToken;
}

function take(to: TestInstance, handOff: string, fields: AskFields = {}) {
  return world.exchange(to, handOff, {
    subjectTokenType: tokenTypes.handOff,
    requestDetails: details,
    ...fields,
  });
}

async function forUser(): Promise<string> {
  return (await world.forUser(planner)).accessToken;
}

async function principalOf(instance: TestInstance, token: string): Promise<Principal> {
  const found = await world.principal(instance, token);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

describe('work that one agent hands on to another', () => {
  it('is done for the same user, through both, with the rights of all [IDN-22] [DAT-08]', async () => {
    const taken = await take(clerk, await give(planner, await forUser(), 'clerk'));
    const principal = await principalOf(clerk, taken.accessToken);
    expect(principal).toMatchObject({
      agent: 'clerk',
      user: { subject: 'ada' },
      hops: [{ agent: 'planner', instance: planner.enrolled.instance }],
    });
    expect(await world.may(clerk, taken.accessToken, prompts)).toEqual(['draft']);
    expect(world.sealed).toContain('draft the answer to ticket 7');
    const issued = world.records.find(({ details: of }) => of?.['kind'] === 'hand-off');
    expect(issued).toMatchObject({
      type: 'token.issued',
      actors: [{ kind: 'human', name: 'ada' }, { name: 'planner' }],
      details: { to: 'clerk', consent: expect.stringMatching(/^hand-off:planner-clerk@/) },
    });
  });

  it('goes on in the trace of whoever handed it on, whatever whoever takes it over says [AUD-14]', async () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    const of = (trace: string, span: string) => ({ trace: `00-${trace}-${span.repeat(16)}-01` });
    const handOff = await give(planner, await forUser(), 'clerk', { traced: of(id, '1') });
    const given = world.records.find(({ details: its }) => its?.['kind'] === 'hand-off');
    expect(given).toMatchObject(of(id, '1'));
    await take(clerk, handOff, { traced: of('e'.repeat(32), '2') });
    const token = (given?.details?.['token'] ?? '') as string;
    const below = { trace: `00-${id}-${token.slice(0, 16)}-01`, traceIgnored: 'differs' };
    const last = (type: string) => world.records.findLast((one) => one.type === type);
    expect(last('delegation.begun')).toMatchObject(below);
    expect(last('token.issued')).toMatchObject(below);
  });

  it('begins a trace where nobody is in one, and what is taken over goes on in it [AUD-14]', async () => {
    await take(clerk, await give(planner, await forUser(), 'clerk'));
    const given = world.records.find(({ details: its }) => its?.['kind'] === 'hand-off');
    expect(given?.trace).toMatch(/^[0-9a-f]{32}$/);
    const begun = world.records.findLast(({ type }) => type === 'delegation.begun');
    expect(begun?.trace).toContain(`00-${given?.trace}-`);
    expect(begun).not.toHaveProperty('traceIgnored');
  });

  it('is done for nobody by an agent that acts for nobody, and as long as one token lasts [IDN-22]', async () => {
    const own = await world.ownToken(planner);
    const taken = await take(clerk, await give(planner, own, 'clerk'));
    const principal = await principalOf(clerk, taken.accessToken);
    expect(principal).toMatchObject({ user: undefined, hops: [{ agent: 'planner' }] });
    expect(await world.may(clerk, taken.accessToken, prompts)).toEqual(['draft']);
    const [last] = await world.store.delegations.list({ tenant: 'main', limit: 1 });
    expect(last?.until).toBe(world.clock.now() + limits.accessTokenMs);
  });

  it('carries the labels of the work that it is of, those from in between too [IDN-22] [DAT-08]', async () => {
    const token = await forUser();
    const { task } = await principalOf(planner, token);
    await world.raise(task, 'integrity:untrusted');
    const handOff = await give(planner, token, 'clerk');
    await world.raise(task, 'confidentiality:personal');
    const taken = await take(clerk, handOff);
    const of = await principalOf(clerk, taken.accessToken);
    const labels = await world.store.tasks.labels('main', of.task);
    expect(labels.map(({ label }) => label).sort()).toEqual([
      'confidentiality:personal',
      'integrity:untrusted',
    ]);
    // And what was handed over before is not forgotten by handing on anew.
    await world.raise(of.task, 'confidentiality:secret');
    const again = await take(clerk, await give(planner, token, 'clerk'));
    const later = await principalOf(clerk, again.accessToken);
    const carried = await world.store.tasks.labels('main', later.task);
    expect(carried.map(({ label }) => label)).toContain('confidentiality:secret');
  });

  it('carries the labels of all that was handed over and goes on side by side [IDN-22] [DAT-08]', async () => {
    const token = await forUser();
    const one = await take(clerk, await give(planner, token, 'clerk'));
    world.clock.advance(1);
    await take(clerk, await give(planner, token, 'clerk'));
    await world.raise((await principalOf(clerk, one.accessToken)).task, 'confidentiality:secret');
    world.clock.advance(1);
    const three = await take(clerk, await give(planner, token, 'clerk'));
    const { task } = await principalOf(clerk, three.accessToken);
    const labels = await world.store.tasks.labels('main', task);
    expect(labels.map(({ label }) => label)).toEqual(['confidentiality:secret']);
  });

  it('ends with what it was handed on from [IDN-22]', async () => {
    const token = await forUser();
    const taken = await take(clerk, await give(planner, token, 'clerk'));
    const { delegation } = await principalOf(planner, token);
    const ground = { kind: 'delegation', id: delegation?.id ?? '' } as const;
    await world.delegations.end({ tenant: 'main', ground, by: 'ada', reason: 'enough' });
    expect(await world.principal(clerk, taken.accessToken)).toBe('identity/delegation-ended');
  });

  it('ends with the document that allowed it [DAT-09]', async () => {
    const taken = await take(clerk, await give(planner, await forUser(), 'clerk'));
    await world.put(['HandOff', 'planner-clerk', { from: 'planner', to: 'clerk', depth: 1 }]);
    expect(await world.principal(clerk, taken.accessToken)).toBe('identity/delegation-ended');
  });

  it('goes on by the documents: who is not listed hands nothing on [DAT-09]', async () => {
    const token = await forUser();
    const other = await world.agent('other', ['draft']);
    expect(await codeOf(give(planner, token, 'other'))).toBe('identity/hand-off-not-listed');
    expect(await codeOf(give(planner, token, 'nobody'))).toBe('identity/hand-off-not-listed');
    // The other way round is another edge.
    const back = await world.ownToken(clerk);
    expect(await codeOf(give(clerk, back, 'planner'))).toBe('identity/hand-off-not-listed');
    expect(world.refusals().at(-1)).toMatchObject({
      refusal: { code: 'identity/hand-off-not-listed' },
      details: { exchange: 'hand-off', to: 'planner' },
    });
    const handOff = await give(planner, token, 'clerk');
    expect(await codeOf(take(other, handOff))).toBe('identity/invalid-hand-off');
    // An edge that goes in between is gone for what was given already.
    await world.put(['HandOff', 'planner-clerk']);
    expect(await codeOf(take(clerk, handOff))).toBe('identity/hand-off-not-listed');
  });

  it('is for what the document lists, with its bounds and effects [DAT-09]', async () => {
    await world.put(
      ['Manifest', 'clerk', { targets: prompts.map((one) => `prompt:crm/${one}`) }],
      [
        'HandOff',
        'planner-clerk',
        { from: 'planner', to: 'clerk', for: { targets: ['prompt:crm/read'], effects: ['read'] } },
      ],
    );
    const token = await forUser();
    const taken = await take(clerk, await give(planner, token, 'clerk'));
    expect(taken.effects).toEqual(['read']);
    expect(await world.may(clerk, taken.accessToken, prompts)).toEqual(['read']);
    const more = give(planner, token, 'clerk', { effects: ['write'] });
    expect(await codeOf(more)).toBe('identity/hand-off-not-listed');
    const beyond = { scope: { targets: ['prompt:crm/draft'] } };
    expect(await codeOf(give(planner, token, 'clerk', beyond))).toBe(
      'identity/hand-off-not-listed',
    );
  });

  it('is narrowed by whoever hands it on, and once more by whoever takes it [IDN-22]', async () => {
    const narrowed = { scope: { targets: ['prompt:crm/read'] }, effects: ['read'] as const };
    await world.put(['Manifest', 'clerk', { targets: ['prompt:crm/read', 'prompt:crm/draft'] }]);
    const handOff = await give(planner, await forUser(), 'clerk', narrowed);
    // Asking for more at the other end widens nothing.
    const taken = await take(clerk, handOff, {
      effects: ['read', 'write', 'delete'],
      scope: { targets: prompts.map((one) => `prompt:crm/${one}`) },
    });
    expect(taken.effects).toEqual(['read']);
    expect(await world.may(clerk, taken.accessToken, prompts)).toEqual(['read']);
  });

  it('goes as deep as its document says and no deeper [IDN-22]', async () => {
    const broker = await world.agent('broker', ['draft']);
    await world.put(
      ['HandOff', 'clerk-broker', { from: 'clerk', to: 'broker', depth: 2 }],
      ['HandOff', 'broker-clerk', { from: 'broker', to: 'clerk', depth: 2 }],
    );
    const second = await take(clerk, await give(planner, await forUser(), 'clerk'));
    const third = await take(broker, await give(clerk, second.accessToken, 'broker'));
    const { hops } = await principalOf(broker, third.accessToken);
    expect(hops.map(({ agent }) => agent)).toEqual(['planner', 'clerk']);
    expect(await world.may(broker, third.accessToken, prompts)).toEqual(['draft']);
    expect(await codeOf(give(broker, third.accessToken, 'clerk'))).toBe('identity/too-many-hops');
  });

  it('goes over no more hops than the bound, whatever documents say [IDN-22]', async () => {
    const most = { depth: limits.handOffs };
    await world.put(
      ['HandOff', 'planner-clerk', { from: 'planner', to: 'clerk', ...most }],
      ['HandOff', 'clerk-planner', { from: 'clerk', to: 'planner', ...most }],
    );
    let token = await forUser();
    let [from, to] = [planner, clerk];
    for (let hop = 1; hop <= limits.handOffs; hop += 1) {
      token = (await take(to, await give(from, token, to.enrolled.agent))).accessToken;
      [from, to] = [to, from];
    }
    expect((await principalOf(from, token)).hops).toHaveLength(limits.handOffs);
    expect(await codeOf(give(from, token, to.enrolled.agent))).toBe('identity/too-many-hops');
  });
});

describe('a token that hands work on', () => {
  it('is taken by no gateway, and serves for nothing else [IDN-22]', async () => {
    const handOff = await give(planner, await forUser(), 'clerk');
    expect(await world.principal(planner, handOff)).toBe('identity/invalid-token');
    expect(await world.principal(clerk, handOff)).toBe('identity/invalid-token');
    expect(await codeOf(world.exchange(clerk, handOff))).toBe('identity/invalid-subject-token');
    const on = take(clerk, handOff, { requestedTokenType: tokenTypes.handOff });
    expect(await codeOf(on)).toBe('identity/invalid-exchange');
  });

  it('serves once, also for two who ask at the same moment [DAT-08]', async () => {
    const handOff = await give(planner, await forUser(), 'clerk');
    const both = await Promise.all([codeOf(take(clerk, handOff)), codeOf(take(clerk, handOff))]);
    expect(both.sort()).toEqual(['granted', 'identity/invalid-hand-off']);
    expect(await codeOf(take(clerk, handOff))).toBe('identity/invalid-hand-off');
  });

  it('is not spent by somebody whom it is not for [DAT-08]', async () => {
    const other = await world.agent('other', ['draft']);
    const handOff = await give(planner, await forUser(), 'clerk');
    expect(await codeOf(take(other, handOff))).toBe('identity/invalid-hand-off');
    expect(await codeOf(take(clerk, handOff))).toBe('granted');
  });

  it('is over soon', async () => {
    const token = await forUser();
    const late = await give(planner, token, 'clerk');
    world.clock.advance(limits.handOffTokenMs - 1_000);
    const last = await give(planner, token, 'clerk');
    world.clock.advance(1_000);
    expect(await codeOf(take(clerk, late))).toBe('identity/invalid-hand-off');
    expect(await codeOf(take(clerk, last))).toBe('granted');
  });

  it('needs the instruction that was given, word for word [DAT-08]', async () => {
    const token = await forUser();
    for (const wrong of [undefined, '{}', 'x', '{"instruction":" "}', '[]']) {
      const without = { requestDetails: wrong };
      expect(await codeOf(give(planner, token, 'clerk', without))).toBe(
        'identity/invalid-hand-off',
      );
    }
    const handOff = await give(planner, token, 'clerk');
    const forged = { requestDetails: JSON.stringify({ instruction: 'wire it all' }) };
    expect(await codeOf(take(clerk, handOff, forged))).toBe('identity/invalid-hand-off');
    const missing = { requestDetails: undefined };
    expect(await codeOf(take(clerk, handOff, missing))).toBe('identity/invalid-hand-off');
    const long = JSON.stringify({ instruction: 'x'.repeat(limits.intentBytes) });
    const tooLong = give(planner, token, 'clerk', { requestDetails: long });
    expect(await codeOf(tooLong)).toBe('identity/invalid-hand-off');
  });

  it('is worth nothing once the user has gone, the task is over, or the agent was put out [DAT-08]', async () => {
    const token = await forUser();
    const handOff = await give(planner, token, 'clerk');
    world.sessions.end('s1');
    expect(await codeOf(take(clerk, handOff))).toBe('identity/delegation-ended');
    const own = await give(planner, await world.ownToken(planner), 'clerk');
    const { tenant, instance } = planner.enrolled;
    await world.store.instances.revoke(tenant, instance, world.clock.now());
    expect(await codeOf(take(clerk, own))).toBe('identity/delegation-ended');
  });

  it('names one agent, and hands on only what is its own', async () => {
    const token = await forUser();
    for (const targets of [[], ['clerk'], ['agent:clerk', 'agent:other'], ['agent:main/clerk']]) {
      expect(await codeOf(give(planner, token, 'x', { targets }))).toBe('oauth/invalid-target');
    }
    expect(await codeOf(give(clerk, token, 'planner'))).toBe('identity/invalid-subject-token');
    const raw = world.users.make();
    expect(await codeOf(give(planner, raw, 'clerk'))).toBe('identity/invalid-subject-token');
  });
});

describe('any graph of agents that hand on to one another', () => {
  it('gives nobody more than the intersection of all whom it came through [IDN-22] [DAT-08]', async () => {
    const names = ['a', 'b', 'c'] as const;
    const some = fc.subarray(prompts, { minLength: 2 });
    const rarely = fc.option(some, { nil: undefined, freq: 1 });
    const pairs = names.flatMap((from) =>
      names.filter((to) => to !== from).map((to) => ({ from, to })),
    );
    const graph = fc.record({
      manifests: fc.tuple(some, some, some),
      entitled: some,
      edges: fc.array(fc.record({ pair: fc.constantFrom(...pairs), listed: rarely }), {
        minLength: 4,
        maxLength: 9,
      }),
      first: rarely,
      walk: fc.array(
        fc.record({
          to: fc.constantFrom(...names),
          asked: rarely,
          effects: fc.subarray(['read', 'write'] as const, { minLength: 1 }),
        }),
        { minLength: 2, maxLength: 4 },
      ),
    });
    const instances = new Map<string, TestInstance>();
    for (const name of names) instances.set(name, await world.agent(name, prompts));
    const of = (name: string) => instances.get(name) ?? planner;
    const listing = (list: readonly string[]) => ({
      targets: list.map((one) => `prompt:crm/${one}`),
    });
    let went = 0;
    let put: readonly string[] = [];
    await fc.assert(
      fc.asyncProperty(graph, async ({ manifests, entitled, edges, first, walk }) => {
        const allowed = edges.map(({ pair, listed }) => ({ ...pair, listed }));
        world.clock.advance(60_000);
        const documents = allowed.map(({ from, to, listed }, at) => {
          const what = listed === undefined ? {} : { for: listing(listed) };
          return ['HandOff', `edge-${at}`, { from, to, ...what }] as const;
        });
        await world.put(
          ...put.map((name) => ['HandOff', name] as const),
          ['Exchange', 'planner', { ...policy, agent: 'a', carries: true }],
          ['Entitlement', 'all', { everyone: true, ...listing(entitled) }],
          ...names.map((name, at) => ['Manifest', name, listing(manifests[at] ?? [])] as const),
          ...documents,
        );
        put = documents.map(([, name]) => name);
        const scope = first === undefined ? {} : { scope: listing(first) };
        let token = (await world.forUser(of('a'), {}, scope)).accessToken;
        let at: string = 'a';
        const through = ['a'];
        const narrowings: (readonly string[])[] = [
          entitled,
          ...(first === undefined ? [] : [first]),
        ];
        let effects: readonly string[] = ['read', 'write'];
        for (const step of walk) {
          const ask = step.asked === undefined ? {} : { scope: listing(step.asked) };
          const handed = { ...ask, effects: step.effects };
          const taken = await give(of(at), token, step.to, handed)
            .then((handOff) => take(of(step.to), handOff))
            .catch(() => undefined);
          if (taken === undefined) continue;
          went += 1;
          const edge = allowed.filter((one) => one.from === at && one.to === step.to);
          // Alternatives: it may be any of them, and never more than all of them together.
          narrowings.push([...new Set(edge.flatMap(({ listed }) => listed ?? prompts))]);
          if (step.asked !== undefined) narrowings.push(step.asked);
          effects = effects.filter((one) => step.effects.some((effect) => effect === one));
          through.push(step.to);
          at = step.to;
          token = taken.accessToken;
          expect(effects).toEqual(expect.arrayContaining([...taken.effects]));
        }
        // The user's own token went along with whom it was brought by, and with nobody after.
        const last = await world.principal(of(at), token);
        const carried = typeof last === 'string' ? undefined : last.delegation?.carried;
        expect(carried === undefined).toBe(through.length > 1);
        const may = await world.may(of(at), token, prompts);
        const all = [
          ...narrowings,
          ...through.map((name) => manifests[names.indexOf(name as 'a')] ?? []),
        ];
        for (const prompt of may) {
          for (const list of all) expect(list).toContain(prompt);
        }
      }),
      { numRuns: 40 },
    );
    expect(went).toBeGreaterThan(20);
  });
});
