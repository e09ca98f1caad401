import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isJsonObject } from '#kernel/json/index.ts';
import { FakeAuthZen } from '../fakes/fake-authzen.ts';
import { exchange, fetchWith, tokenTypes } from './exchange.ts';
import type { TestAgent } from './instance.ts';
import { exchangeAudience, type SmallProvider, startSmallProvider } from './small-provider.ts';
import { callTool, type ToolAnswer } from './wire.ts';
import { type RunningWorld, startWorld } from './world.ts';

const pdpToken = 'canary-7c1f-of-the-decision-point';

const estate = (issuer: string, pdp: string) => `
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
spec:
  groups: [support]
  tools: [ { tool: fake/echo } ]
  pdp: { url: '${pdp}', credential: pdp-token, timeoutMs: 5000, loopback: true }
---
kind: Entitlement
name: adding
spec: { groups: [support], tools: [ { tool: fake/add } ] }
`;

/** Over the real product: one agent for two users of one group, whom a decision point tells apart. */
describe('two users whom a decision point judges', () => {
  let provider: SmallProvider;
  let pdp: FakeAuthZen;
  let world: RunningWorld;
  let agent: TestAgent;

  beforeAll(async () => {
    provider = await startSmallProvider();
    pdp = await new FakeAuthZen().start();
    pdp.token = pdpToken;
    pdp.decide = ({ subject }) => isJsonObject(subject) && subject['id'] === 'ann';
    world = await startWorld(estate(provider.issuer, pdp.url));
    await world.instance.admin.request('PUT', '/v1/secrets/pdp-token', { value: pdpToken });
    agent = await world.instance.enrolAgent('worker');
  });
  afterAll(async () => {
    await world?.close();
    await pdp?.close();
    await provider?.close();
  });

  async function actFor(subject: string) {
    const theirs = provider.token({ subject, groups: ['support'], sid: `sid-${subject}` });
    const given = await exchange(agent, theirs, tokenTypes.access, {});
    expect([given.status, given.description]).toEqual([200, undefined]);
    return fetchWith(agent, given.token);
  }

  const echo = (send: typeof fetch) => callTool(send, world.gateway, 'fake.echo', { text: 'hi' });

  /** Records reach the signed log a moment after the answer. */
  async function recordOf({ record }: ToolAnswer): Promise<unknown> {
    const path = `/v1/records/${String(record)}`;
    let found: unknown;
    await expect
      .poll(
        async () => {
          found = await world.instance.admin.request('GET', path).catch(() => undefined);
          return found !== undefined;
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    return (found as { readonly record: unknown }).record;
  }

  it('has done what it says yes to, for each by themselves, with its answer on record [IDN-03]', async () => {
    const [ann, bob] = [await actFor('ann'), await actFor('bob')];
    // The secret is in force with the next configuration.
    await expect
      .poll(async () => (await echo(ann)).told?.code, { timeout: 10_000 })
      .toBe(undefined);
    const [allowed, denied] = [await echo(ann), await echo(bob)];
    expect([allowed.isError, denied.told?.code]).toEqual([false, 'policy/pdp-denied']);
    const entitlements = ['support'];
    expect(await recordOf(allowed)).toMatchObject({
      type: 'policy.outcome',
      pdp: [{ entitlements, answer: 'permit' }],
    });
    const refused = await recordOf(denied);
    expect(refused).toMatchObject({
      type: 'gateway.refused',
      refusal: { stage: 'decide', code: 'policy/pdp-denied' },
      pdp: [{ entitlements, answer: 'deny' }],
    });
    expect(JSON.stringify(refused)).not.toContain(pdpToken);
    // What a document gives without it, it is not asked about.
    const before = pdp.asked.length;
    const sum = await callTool(bob, world.gateway, 'fake.add', { a: 1, b: 2 });
    expect([sum.isError, pdp.asked.length]).toEqual([false, before]);
  });

  it('is no right while the decision point is away, and the record says so [IDN-03]', async () => {
    const ann = await actFor('ann');
    await pdp.close();
    const denied = await echo(ann);
    expect(denied.told?.code).toBe('policy/pdp-unavailable');
    expect(await recordOf(denied)).toMatchObject({
      refusal: { code: 'policy/pdp-unavailable' },
      pdp: [{ entitlements: ['support'], answer: 'unavailable', reason: 'it is not there' }],
    });
  });
});
