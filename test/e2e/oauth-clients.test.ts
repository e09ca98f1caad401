import type { OAuthTokens } from '@modelcontextprotocol/sdk/shared/auth.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Connection,
  Keeper,
  nodeSdks,
  type OAuthSdk,
  refusedTogether,
} from './oauth-node-clients.ts';
import {
  type KnownAs,
  type OAuthClientsWorld,
  registeredSecret,
  startOAuthClientsWorld,
} from './oauth-world.ts';
import { callTool } from './wire.ts';

let at: OAuthClientsWorld;

beforeAll(async () => {
  at = await startOAuthClientsWorld();
}, 60_000);

afterAll(() => at?.close());

type Json = Readonly<Record<string, unknown>>;

/** As a user has set it up: with nothing but the address, with a name and secret, with its own description. */
function keeperOf(known: KnownAs): Keeper {
  if (known === 'dynamic') return new Keeper();
  const client_id = at.clients[known];
  const secret = known === 'registered' ? { client_secret: registeredSecret } : {};
  return new Keeper({ client_id, issuer: at.control, ...secret });
}

/** From the 401 to a connection that is served: everything but the browser is done by the client. */
async function signedIn(sdk: OAuthSdk, keeper: Keeper, as: string): Promise<Connection> {
  const { gateway } = at.world;
  await expect(sdk.connect(gateway, keeper)).rejects.toThrow(/unauthorized/i);
  const answer = await at.agree(String(keeper.sentTo), as);
  expect(answer.searchParams.get('state')).toBe(keeper.state());
  expect(answer.searchParams.get('iss')).toBe(at.control);
  await sdk.finish(gateway, keeper, answer);
  return sdk.connect(gateway, keeper);
}

const clientIdOf = (keeper: Keeper) => keeper.clientInformation()?.client_id ?? '';

async function consentOf(keeper: Keeper): Promise<Json> {
  const path = `/v1/consents?client=${encodeURIComponent(clientIdOf(keeper))}`;
  const { consents } = (await at.ask('GET', path)) as { consents: Json[] };
  expect(consents).toHaveLength(1);
  return consents[0] ?? {};
}

async function withdraw(keeper: Keeper): Promise<void> {
  const { id } = await consentOf(keeper);
  await at.ask('POST', `/v1/consents/${String(id)}/withdraw`, { reason: 'a test of the end' });
}

/** A token that no gateway takes any more, as after a quarter of an hour. */
function spoil(keeper: Keeper): OAuthTokens {
  const { kept } = keeper;
  if (kept === undefined) throw new Error('the client has no tokens');
  keeper.kept = { ...kept, access_token: `${kept.access_token.slice(0, -8)}AAAAAAAA` };
  return kept;
}

/** Over connections that land on either gateway: how each of them answers. */
async function answersFor(accessToken: string): Promise<readonly number[]> {
  const send: typeof fetch = (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${accessToken}`);
    return fetch(input, { ...init, headers });
  };
  const asked = Array.from({ length: 24 }, () =>
    callTool(send, at.world.gateway, 'fake.echo', { text: 'hi' }),
  );
  return [...new Set((await Promise.all(asked)).map(({ status }) => status))];
}

describe.each(nodeSdks)('the unmodified $name', (sdk) => {
  it.each(['dynamic', 'registered', 'described'] as const)(
    'goes from a 401 to a governed call for its user, as a client that is %s [IDN-03]',
    async (known) => {
      const keeper = keeperOf(known);
      const client = await signedIn(sdk, keeper, 'ann');
      expect((await client.list()).toSorted()).toEqual(['fake__echo', 'fake__note']);
      const told = await client.call('fake__echo', { text: 'hi' });
      expect(told).toMatchObject({ isError: false, text: '{"text":"hi"}' });
      await client.close();
      const { actors, task } = await at.recordOf(told.record);
      expect(actors).toMatchObject([
        { kind: 'human', name: 'ann' },
        { kind: 'agent', name: 'coder', binding: 'none' },
      ]);
      const { delegations } = (await at.ask('GET', '/v1/delegations')) as { delegations: Json[] };
      const { id: consent } = await consentOf(keeper);
      expect(delegations.find((one) => one['task'] === task)).toMatchObject({
        client: clientIdOf(keeper),
        consent,
        agent: 'coder',
        subject: 'ann',
      });
      await withdraw(keeper);
    },
    60_000,
  );

  it('gets new tokens by itself when it hears 401, in several calls at once too, each time others', async () => {
    const keeper = keeperOf('dynamic');
    const client = await signedIn(sdk, keeper, 'ann');
    const seen = new Set([keeper.kept?.refresh_token]);
    for (let turn = 1; turn <= 3; turn += 1) {
      spoil(keeper);
      keeper.by = refusedTogether(3);
      const calls = [1, 2, 3].map(() => client.call('fake__echo', { text: 'on' }));
      expect((await Promise.all(calls)).map(({ isError }) => isError)).toEqual([
        false,
        false,
        false,
      ]);
      seen.add(keeper.kept?.refresh_token);
      expect(seen.size).toBe(turn + 1);
    }
    await client.close();
  }, 60_000);

  it('gives one access token back, refused at every gateway within a second, and goes on by the next [IDN-04]', async () => {
    const keeper = keeperOf('registered');
    const client = await signedIn(sdk, keeper, 'ann');
    const held = keeper.kept?.access_token ?? '';
    expect(await answersFor(held)).toEqual([200]);
    const from = performance.now();
    const answer = await fetch(`${at.control}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({
        client_id: clientIdOf(keeper),
        client_secret: registeredSecret,
        token: held,
      }),
    });
    expect(answer.status).toBe(200);
    while (!(await answersFor(held)).every((status) => status === 401));
    expect(performance.now() - from).toBeLessThan(1_000);
    const sentBefore = keeper.sentTo;
    expect(await client.call('fake__echo', { text: 'on' })).toMatchObject({ isError: false });
    expect(keeper.kept?.access_token).not.toBe(held);
    expect(keeper.sentTo).toBe(sentBefore);
    await client.close();
    await withdraw(keeper);
  }, 60_000);

  it('is refused at every gateway within a second once its user’s yes is withdrawn, and asks again [IDN-04] [CRD-20]', async () => {
    const keeper = keeperOf('dynamic');
    const client = await signedIn(sdk, keeper, 'ann');
    const held = keeper.kept?.access_token ?? '';
    const sentBefore = keeper.sentTo;
    expect(await answersFor(held)).toEqual([200]);
    const from = performance.now();
    await withdraw(keeper);
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(await answersFor(held)).toEqual([401]);
    // Its refresh token is worth nothing either: it is left with sending its user to sign in.
    await expect(client.call('fake__echo', { text: 'hi' })).rejects.toThrow(/unauthorized/i);
    expect(keeper.sentTo?.href).not.toBe(sentBefore?.href);
    await client.close();
    await sdk.finish(at.world.gateway, keeper, await at.agree(String(keeper.sentTo), 'ann'));
    const again = await sdk.connect(at.world.gateway, keeper);
    expect(await again.call('fake__echo', { text: 'hi' })).toMatchObject({ isError: false });
    await again.close();
  }, 60_000);
});
