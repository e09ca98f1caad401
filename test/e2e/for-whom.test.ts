import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exchange, fetchWith, tokenTypes } from './exchange.ts';
import type { TestAgent } from './instance.ts';
import { exchangeAudience, type SmallProvider, startSmallProvider } from './small-provider.ts';
import { callTool, listTools, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';
import { sayYes } from './say-yes.ts';

const estate = (issuer: string) => `
---
kind: IdentityProvider
name: corp
spec:
  oidc: { issuer: '${issuer}', clientId: bailiwick, clientKey: true, loopback: true, exchangeAudiences: [${exchangeAudience}] }
---
kind: Exchange
name: worker-corp
spec: { agent: worker, provider: corp, everyone: true, effects: [read, write] }
---
kind: Entitlement
name: support
spec: { groups: [support], tools: [ { tool: fake/echo }, { tool: fake/untrusted }, { tool: fake/note } ] }
---
kind: Entitlement
name: finance
spec: { groups: [finance], tools: [ { tool: fake/echo }, { tool: fake/pay, arguments: { amount: { max: 50 } } } ] }
---
kind: Entitlement
name: counting
spec: { groups: [counting], tools: [ { tool: fake/add }, { tool: fake/echo } ] }
`;

/** What the exchange narrows it to. */
const task = (of: object) => ({
  authorization_details: JSON.stringify([{ type: 'bailiwick_task', ...of }]),
});

/** Over the real product, with two gateways on its listener: whatever holds, holds at both. */
describe('one agent for two users', () => {
  let provider: SmallProvider;
  let world: RunningWorld;
  let agent: TestAgent;
  let count = 0;

  beforeAll(async () => {
    provider = await startSmallProvider();
    world = await startWorld(estate(provider.issuer), { args: ['--gateways', '2'] });
    agent = await world.instance.enrolAgent('worker');
  });
  afterAll(async () => {
    await world?.close();
    await provider?.close();
  });

  async function actFor(subject: string, group: string, fields: Record<string, string> = {}) {
    count += 1;
    const theirs = provider.token({ subject, groups: [group], sid: `sid-${count}` });
    const given = await exchange(agent, theirs, tokenTypes.access, fields);
    expect([given.status, given.description]).toEqual([200, undefined]);
    return fetchWith(agent, given.token);
  }

  const echo = (send: typeof fetch) => callTool(send, world.gateway, 'fake.echo', { text: 'hi' });

  async function toolsOf(send: typeof fetch): Promise<readonly string[]> {
    const { body } = await listTools(send, world.gateway);
    return (body.result?.tools ?? []).map(({ name }) => String(name)).toSorted();
  }

  async function ask(method: 'GET' | 'POST', path: string, body?: Record<string, string>) {
    return (await world.instance.admin.request(method, path, body)) as Record<string, unknown>;
  }

  /** Records reach the signed log a moment after the answer. */
  async function recordOf(answer: ToolAnswer) {
    const look = () => ask('GET', `/v1/records/${String(answer.record)}`).catch(() => undefined);
    let found = await look();
    for (let tries = 0; tries < 1_000 && found === undefined; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      found = await look();
    }
    return found?.['record'] as { actors: { kind: string; name: string }[]; task: string };
  }

  it('does for each what that user may, and neither sees what is the other’s [IDN-03]', async () => {
    const ann = await actFor('ann', 'support');
    const bob = await actFor('bob', 'finance');
    expect(await toolsOf(ann)).toEqual(['fake__echo', 'fake__note', 'fake__untrusted']);
    expect(await toolsOf(bob)).toEqual(['fake__echo', 'fake__pay']);
    const note = await callTool(bob, world.gateway, 'fake.note', { text: 'x' });
    expect(note.told?.code).toBe('tools/not-visible');
    const much = await callTool(bob, world.gateway, 'fake.pay', { to: 'eve', amount: 51 });
    expect(much.told?.code).toBe('tools/outside-envelope');
    const [forAnn, forBob] = [await recordOf(await echo(ann)), await recordOf(await echo(bob))];
    expect(forAnn.actors[0]).toMatchObject({ name: 'ann', person: 'ann@corp' });
    expect(forAnn.actors.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'human ann',
      'agent worker',
    ]);
    expect(forBob.actors[0]).toMatchObject({ kind: 'human', name: 'bob' });
    expect(forAnn.task).not.toBe(forBob.task);
  });

  it('has what it read for one user on that user’s work alone', async () => {
    const ann = await actFor('ann', 'support', task({ intent: 'read the mail' }));
    const bob = await actFor('bob', 'finance');
    await callTool(ann, world.gateway, 'fake.untrusted', {});
    const labelsOf = async (send: typeof fetch) => {
      const { task } = await recordOf(await echo(send));
      return (await ask('GET', `/v1/tasks/${task}`))['labels'];
    };
    expect(await labelsOf(ann)).toContain('integrity:untrusted');
    expect(await labelsOf(bob)).toEqual([]);
  });

  /** What a write comes to at either gateway: connections land on one of them. */
  async function notes(send: typeof fetch): Promise<readonly (string | undefined)[]> {
    const one = () => callTool(send, world.gateway, 'fake.note', { text: `n ${Math.random()}` });
    const all = await Promise.all(Array.from({ length: 12 }, one));
    return [...new Set(all.map(({ told }) => told?.code))];
  }

  it('does not write in one task of a user what it read in another: held at every gateway [DAT-08] [IDN-22]', async () => {
    const reads = await actFor('carol', 'support', task({ intent: 'read the mail' }));
    const writes = await actFor('carol', 'support', task({ intent: 'write notes' }));
    const other = await actFor('dora', 'support');
    expect(await notes(writes)).toEqual([undefined]);
    const read = await callTool(reads, world.gateway, 'fake.untrusted', {});
    expect(read.isError).toBe(false);
    // From the very moment that the answer is there.
    expect(await notes(writes)).toEqual(['approvals/pending']);
    expect(await notes(await actFor('carol', 'support'))).toEqual(['approvals/pending']);
    expect(await notes(other)).toEqual([undefined]);
  });

  it('does not write by what it has narrowed what it brought before, nor the other way [DAT-08]', async () => {
    const theirs = provider.token({ subject: 'erin', groups: ['support'], sid: 'sid-erin' });
    const whole = await exchange(agent, theirs, tokenTypes.access);
    const narrow = await exchange(agent, whole.token, tokenTypes.access, {
      ...task({ intent: 'read the mail' }),
    });
    const [parent, child] = [whole, narrow].map(({ token }) => fetchWith(agent, token));
    if (parent === undefined || child === undefined) throw new Error('two tokens');
    expect(await notes(parent)).toEqual([undefined]);
    expect((await callTool(child, world.gateway, 'fake.untrusted', {})).isError).toBe(false);
    expect(await notes(parent)).toEqual(['approvals/pending']);
    expect(await notes(child)).toEqual(['approvals/pending']);
  });

  it('is held to the calls and sums of its task over parallel calls at both gateways [POL-16]', async () => {
    const codes = async (count: number, act: () => Promise<ToolAnswer>) => {
      const all = await Promise.all(Array.from({ length: count }, act));
      return all.map(({ told }) => told?.code ?? 'done');
    };
    const of = (found: readonly string[], code: string) =>
      found.filter((one) => one === code).length;
    const few = await actFor('fay', 'counting', task({ intent: 'look', calls: 30 }));
    const calls = await codes(40, () => echo(few));
    expect([of(calls, 'done'), of(calls, 'standing/task-amount')]).toEqual([30, 10]);
    const sums = [{ tool: 'fake/add', argument: 'a', atMost: 50 }];
    const counts = await actFor('gil', 'counting', task({ intent: 'count', sums }));
    const add = (a: number) => callTool(counts, world.gateway, 'fake.add', { a, b: 1 });
    const added = await codes(30, () => add(7));
    expect([of(added, 'done'), of(added, 'standing/task-amount')]).toEqual([7, 23]);
    const last = await add(1);
    expect(last.told).toBeUndefined();
    const { task: id } = await recordOf(last);
    expect((await ask('GET', `/v1/tasks/${id}`))['amounts']).toMatchObject([
      { what: 'tool:fake/add a', atMost: 50, used: 50 },
    ]);
    expect((await add(-1)).told?.code).toBe('standing/task-uncountable');
  });

  it('spends no yes for one user that was given for the other', async () => {
    const ann = await actFor('ann', 'finance');
    const bob = await actFor('bob', 'finance');
    const pay = (send: typeof fetch, handle?: string) =>
      callTool(
        send,
        world.gateway,
        'fake.pay',
        { to: 'eve', amount: 5 },
        handle === undefined ? {} : { handle },
      );
    const held = await pay(ann);
    expect(held.told?.approval).toBeTypeOf('string');
    const asked = await ask('GET', `/v1/approvals/${String(held.told?.approval)}`);
    expect(asked).toMatchObject({ user: 'ann', person: 'ann@corp', taskWhy: expect.any(String) });
    expect(asked['why']).toContain('`worker`, for `ann@corp` (`ann`), wants to call');
    expect((await recordOf(held)).task).toBe(asked['task']);
    await sayYes(world.instance.admin, held.told?.approval, 'ann asked me');
    const stolen = await pay(bob, held.told?.handle);
    expect(stolen.isError).toBe(true);
    expect(await recordOf(stolen)).toMatchObject({ actors: [{ name: 'bob' }, {}] });
    expect((await pay(ann, held.told?.handle)).isError).toBe(false);
  });

  /** How long until neither gateway serves it any more; connections land on either of them. */
  async function deniedAfter(send: typeof fetch, act: () => Promise<unknown>) {
    expect((await echo(send)).told).toBeUndefined();
    const from = performance.now();
    await act();
    const done = performance.now();
    const seen = await Promise.all(Array.from({ length: 24 }, () => echo(send)));
    expect([...new Set(seen.map(({ told }) => told?.code))]).toHaveLength(1);
    return { code: seen[0]?.told?.code, ms: done - from };
  }

  const delegationOf = async (subject: string) => {
    const path = `/v1/delegations?subject=${subject}&issuer=${encodeURIComponent(provider.issuer)}`;
    const found = (await ask('GET', path))['delegations'] as { id: string; agent: string }[];
    return found[0]?.id ?? '';
  };

  const signInOf = async (subject: string) => {
    const found = (await ask('GET', '/v1/sessions'))['sessions'] as {
      id: string;
      subject: string;
    }[];
    return found.find((one) => one.subject === subject)?.id ?? '';
  };

  it('is refused at every gateway once the directory says that its user left [IDN-07] [CRD-20]', async () => {
    const made = await ask('POST', '/v1/directory/tokens', { reason: 'provisioning' });
    const scim = (method: string, path: string, body: object) =>
      fetch(`${world.instance.console}/scim/v2${path}`, {
        method,
        headers: {
          authorization: `Bearer ${String(made['bearer'])}`,
          'content-type': 'application/scim+json',
        },
        body: JSON.stringify(body),
      });
    // Whoever owns the agents is there; from now on that is asked.
    await scim('POST', '/Users', { userName: 'ada@example.com' });
    const created = await scim('POST', '/Users', { userName: 'leaver' });
    const { id } = (await created.json()) as { id: string };
    const send = await actFor('leaver', 'support');
    expect((await echo(send)).told).toBeUndefined();
    const from = performance.now();
    const patch = { op: 'replace', value: { active: false } };
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    expect((await scim('PATCH', `/Users/${id}`, { schemas, Operations: [patch] })).status).toBe(
      200,
    );
    let code = (await echo(send)).told?.code;
    while (code === undefined && performance.now() - from < 10_000) {
      code = (await echo(send)).told?.code;
    }
    expect(code).toBe('identity/delegation-ended');
    expect(await ask('GET', '/v1/sessions')).not.toMatchObject({
      sessions: expect.arrayContaining([expect.objectContaining({ subject: 'leaver' })]),
    });
  });

  it('is refused at every gateway once the delegation, the sign-in or the agent is out [CRD-20] [IDN-04]', async () => {
    const reason = { reason: 'a test of the end' };
    const told: Record<string, unknown> = {};
    const ends: Record<string, (subject: string) => Promise<unknown>> = {
      'sign-in': async (subject) =>
        ask('POST', `/v1/sessions/${await signInOf(subject)}/end`, reason),
      agent: async () => {
        await ask('POST', '/v1/agents/worker/suspend', reason);
      },
      delegation: async (subject) =>
        ask('POST', `/v1/delegations/${await delegationOf(subject)}/end`, reason),
      instance: async () => ask('POST', `/v1/instances/${agent.identity.instance}/revoke`, reason),
    };
    for (const [what, end] of Object.entries(ends)) {
      const subject = `user-of-${what}`;
      const send = await actFor(subject, 'support');
      const { code } = await deniedAfter(send, () => end(subject));
      told[what] = code;
      if (what === 'agent') await ask('POST', '/v1/agents/worker/resume', reason);
    }
    expect(told).toEqual({
      'sign-in': 'identity/delegation-ended',
      agent: 'standing/agent-suspended',
      delegation: 'identity/delegation-ended',
      instance: 'standing/instance-revoked',
    });
  });
});
