import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OAuthClientsWorld, startOAuthClientsWorld } from '../e2e/oauth-world.ts';
import { installPython, pythonIsThere } from './python-clients.ts';
import {
  nodeSigningClients,
  pythonSigningClients,
  type SigningClient,
  type SigningIn,
} from './sign-in-clients.ts';
import { installStrangers } from './strangers.ts';

const isAsked = process.env['CI'] === 'true' || process.env['BAILIWICK_STRANGERS'] === 'all';
const found: SigningClient[] = [];
const noNode = await installStrangers();
if (noNode === undefined) found.push(...nodeSigningClients);
else console.warn(`NOT RUN: clients of Node that sign in: ${noNode}`);
const noPython =
  isAsked || pythonIsThere()
    ? await installPython()
    : 'set BAILIWICK_STRANGERS=all to install them';
if (noPython === undefined) found.push(...pythonSigningClients);
else console.warn(`NOT RUN: clients of Python that sign in: ${noPython}`);

type Json = Readonly<Record<string, unknown>>;

describe.runIf(found.length > 0)('an unmodified client that is given an address alone', () => {
  let at: OAuthClientsWorld;
  beforeAll(async () => {
    at = await startOAuthClientsWorld();
  });
  afterAll(() => at?.close());

  /** Who it sends signs in and agrees, and the browser goes back to it. */
  async function signIn(client: SigningIn): Promise<URL> {
    const place = await client.sent();
    await client.back(await at.agree(place.href, 'ann'));
    return place;
  }

  const openConsents = async (client: string) => {
    const path = `/v1/consents?client=${encodeURIComponent(client)}`;
    return ((await at.ask('GET', path)) as { consents: Json[] }).consents;
  };

  it.each(found)(
    '$name sends its user to sign in, calls for them on record, is stopped by their no, and asks again [IDN-03] [IDN-04]',
    async (one) => {
      const client = await one.start(at.world.gateway);
      const first = client.call('fake__echo', { text: 'hi' });
      const name = (await signIn(client)).searchParams.get('client_id') ?? '';
      const told = await first;
      expect(told).toMatchObject({ isError: false, text: '{"text":"hi"}' });
      const { actors, task } = await at.recordOf(told.record);
      expect(actors).toMatchObject([
        { kind: 'human', name: 'ann' },
        { kind: 'agent', name: 'coder' },
      ]);
      const { delegations } = (await at.ask('GET', '/v1/delegations')) as { delegations: Json[] };
      const delegation = delegations.find((one) => one['task'] === task);
      expect(delegation).toMatchObject({ client: name, agent: 'coder', subject: 'ann' });
      if (client.spoil !== undefined) {
        const before = await client.spoil();
        expect(await client.call('fake__echo', { text: 'on' })).toMatchObject({ isError: false });
        expect(await client.spoil()).not.toBe(before);
      }
      for (const { id } of await openConsents(name)) {
        await at.ask('POST', `/v1/consents/${String(id)}/withdraw`, {
          reason: 'a test of the end',
        });
      }
      const after = client.call('fake__echo', { text: 'again' });
      await signIn(client);
      expect(await after).toMatchObject({ isError: false, text: '{"text":"again"}' });
      await client.close();
    },
    60_000,
  );
});
