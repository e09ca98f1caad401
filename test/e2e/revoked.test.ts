import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callback, registeredSecret, startOAuthClientsWorld } from './oauth-world.ts';
import type { OAuthClientsWorld } from './oauth-world.ts';
import { type UserTokens, userTokens } from './user-tokens.ts';
import { callTool } from './wire.ts';

type Json = Readonly<Record<string, unknown>>;

let at: OAuthClientsWorld;
/** How long each took, told at the end. */
const took: Record<string, number> = {};

beforeAll(async () => {
  at = await startOAuthClientsWorld();
}, 60_000);

afterAll(async () => {
  const told = Object.entries(took).map(([what, ms]) => `${what} ${ms.toFixed(0)} ms`);
  console.info(`refused at both gateways after: ${told.join(', ')}`);
  await at?.close();
});

const reason = 'a test of the end';

const tokensOf = (id: string, as: string) =>
  userTokens(
    {
      control: at.control,
      id,
      secret: registeredSecret,
      redirectUri: callback,
      agree: (url, who) => at.agree(url, who),
    },
    as,
  );

/** Each over a connection of its own, so that they land on either gateway. */
async function served(send: typeof fetch): Promise<readonly boolean[]> {
  const all = await Promise.all(
    Array.from({ length: 16 }, () => callTool(send, at.world.gateway, 'fake.echo', { text: 'x' })),
  );
  return all.map(({ status, isError }) => status === 200 && !isError);
}

function bearing(accessToken: string): typeof fetch {
  return (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${accessToken}`);
    headers.set('connection', 'close');
    return fetch(input, { ...init, headers });
  };
}

/** From the moment at which somebody asks for the end, until no gateway serves it. */
async function endedIn(send: typeof fetch, end: () => Promise<unknown>): Promise<number> {
  expect(new Set(await served(send))).toEqual(new Set([true]));
  const from = performance.now();
  await end();
  for (;;) {
    const asked = performance.now();
    if (!(await served(send)).includes(true) || asked - from > 10_000) return asked - from;
    await pause(5);
  }
}

async function endConsent(): Promise<unknown> {
  const { consents } = (await at.ask('GET', '/v1/consents?client=known')) as { consents: Json[] };
  const path = (id: unknown) => `/v1/consents/${String(id)}/withdraw`;
  return Promise.all(consents.map(({ id }) => at.ask('POST', path(id), { reason })));
}

function giveBack({ refresh }: UserTokens): Promise<unknown> {
  const proof = { client_id: 'known', client_secret: registeredSecret };
  const body = new URLSearchParams({ token: refresh, ...proof });
  return fetch(`${at.control}/oauth/revoke`, { method: 'POST', body });
}

describe('what somebody ends is refused at every gateway within a second', () => {
  const ends: readonly (readonly [string, (held: UserTokens) => Promise<unknown>])[] = [
    ['consent', endConsent],
    ['sign-in', () => at.ask('POST', '/v1/sessions/end', { person: 'ann@corp', reason })],
    ['token', giveBack],
    ['agent', () => at.ask('POST', '/v1/agents/coder/suspend', { reason })],
  ];

  it.each(ends)(
    'a %s [IDN-04] [CRD-20]',
    async (what, end) => {
      // A yes that stands is not asked for again.
      await endConsent();
      const held = await tokensOf('known', 'ann');
      took[what] = await endedIn(bearing(held.access), () => end(held));
      if (what === 'agent') await at.ask('POST', '/v1/agents/coder/resume', { reason });
      expect(took[what]).toBeLessThan(1_000);
    },
    60_000,
  );

  it('a client whose document goes [IDN-04]', async () => {
    const secretSha256 = createHash('sha256').update(registeredSecret).digest('hex');
    const identity = { id: 'spare', redirectUris: [callback], secretSha256 };
    const spec = { agent: 'coder', effects: ['read'], identity };
    await at.ask('POST', '/v1/documents', { kind: 'Client', name: 'spare', spec });
    const { access } = await tokensOf('spare', 'ann');
    const remove = () => at.ask('POST', '/v1/documents/Client/spare/remove', { reason });
    took['client'] = await endedIn(bearing(access), remove);
    // The documents are compiled first, and what follows from them is looked at every second.
    expect(took['client']).toBeLessThan(5_000);
  }, 60_000);

  it('what a rule permitted, by another rule that forbids it [POL-06]', async () => {
    await endConsent();
    const held = await tokensOf('known', 'ann');
    const cedar = '@id("closed") forbid(principal, action == Action::"fake/echo", resource);';
    const closed = { kind: 'Policy', name: 'closed', spec: { cedar }, reason };
    const put = () => at.ask('POST', '/v1/documents', closed);
    // Until the last call that was answered under the old rule.
    took['policy'] = await endedIn(bearing(held.access), put);
    await at.ask('POST', '/v1/documents/Policy/closed/remove', { reason });
    expect(took['policy']).toBeLessThan(5_000);
  }, 60_000);

  it('an instance [IDN-04] [CRD-20]', async () => {
    const { fetch: send, identity } = await at.world.instance.enrolAgent('coder');
    const path = `/v1/instances/${encodeURIComponent(identity.instance)}/revoke`;
    took['instance'] = await endedIn(send, () => at.ask('POST', path, { reason }));
    expect(took['instance']).toBeLessThan(1_000);
  }, 60_000);
});
