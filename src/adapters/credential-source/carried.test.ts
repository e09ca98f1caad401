import type { JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import type { CarriedToken } from '#contracts/carried-token.ts';
import type { ExchangeAskFor } from '#contracts/credential-source.ts';
import { isRefusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ExchangeUse, SealedSecret } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import {
  createAssertionSigner,
  createCarriedTokens,
  createExchangeSource,
} from '#planes/credentials/index.ts';
import { FakeAuthorizationServer } from '../../../test/fakes/fake-authorization-server.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { createFormPoster } from './form-poster.ts';

const access = 'urn:ietf:params:oauth:token-type:access_token';
const idToken = 'urn:ietf:params:oauth:token-type:id_token';
const idJag = 'urn:ietf:params:oauth:token-type:id-jag';
const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const secret: SealedSecret = { name: 'entra', version: 1, wrappedKey: '', sealed: '' };
const theirs: CarriedToken = { type: access, token: 'the-users-own-token' };

const clock = new ManualClock(Date.now());
const keyring = new FakeKeyring();
const poster = createFormPoster(({ loopback }) =>
  createOutbound({ mayReach: () => false, loopback }),
);

let server: FakeAuthorizationServer;
let ourKey: JWK;

beforeEach(async () => {
  server = await new FakeAuthorizationServer().start();
  ourKey = createAssertionSigner(await keyring.signer('assertions')).jwk;
  server.clients.set('keyed', ourKey).set('secret', 'p@ss w+rd');
});
afterEach(() => server.close());

const user = { subject: 'ada', issuer: 'https://idp.example', groups: [] };

async function principalWith(token = theirs, over: Partial<Principal> = {}): Promise<Principal> {
  const carrier = createCarriedTokens(await keyring.wrapper('carried'));
  const of = { tenant: 'main', instance: 'i1', issuer: user.issuer, subject: user.subject };
  return {
    kind: 'agent',
    tenant: 'main',
    agent: 'desk',
    instance: 'i1',
    user,
    task: 't1',
    session: 's1',
    hops: [],
    delegation: {
      id: 'd1',
      client: undefined,
      issuedAt: 1,
      token: 'k',
      carried: carrier.seal(of, token),
    },
    binding: 'dpop',
    keyThumbprint: 'k',
    ...over,
  };
}

async function lend(use: Partial<ExchangeUse>, over: Partial<ExchangeAskFor> = {}) {
  const source = createExchangeSource({
    signer: createAssertionSigner(await keyring.signer('assertions')),
    poster,
    clock,
    carried: createCarriedTokens(await keyring.wrapper('carried')),
    openSecret: (tenant, { name }) => (tenant === 'main' && name === 'entra' ? 'p@ss w+rd' : ''),
  });
  const tokenEndpoint = `${server.url}/token`;
  return source.lend({
    tenant: 'main',
    issuer: 'urn:us',
    principal: await principalWith(),
    signal: new AbortController().signal,
    use: {
      mode: 'user-token',
      tokenEndpoint,
      issuer: tokenEndpoint,
      clientId: 'keyed',
      namesActor: false,
      network: { loopback: true, hosts: [] },
      ...use,
    },
    ...over,
  });
}

const errorOf = (given: Awaited<ReturnType<typeof lend>>) =>
  isRefusal(given) ? (given.recorded?.['error'] ?? given.code) : `granted ${given.value}`;

const bearer = { token_type: 'Bearer', expires_in: 3_600 };

describe('a token on behalf of a user, as Entra gives it', () => {
  const use = {
    mode: 'on-behalf-of',
    clientId: 'secret',
    clientSecret: 'entra',
    scope: 'api://crm/read offline_access',
  } as const;

  beforeEach(() => {
    server.shapes.set('/token', {
      fields: {
        grant_type: jwtBearer,
        assertion: theirs.token,
        scope: use.scope,
        requested_token_use: 'on_behalf_of',
      },
      answer: () => ({ ...bearer, access_token: 'for-ada', ext_expires_in: 3_600 }),
    });
  });

  it('is had by the user’s own token, by the secret of the client or by our key [SYS-001] [SYS-017]', async () => {
    expect(errorOf(await lend(use, { clientSecret: secret }))).toBe('granted for-ada');
    expect(errorOf(await lend({ ...use, clientId: 'keyed' }))).toBe('granted for-ada');
    expect(server.asked).toHaveLength(2);
  });

  it('is that of the application for whoever acts for nobody, where the document gives that a scope [IDN-03]', async () => {
    const machineScope = 'api://crm/.default';
    server.shapes.set('/token', {
      fields: { grant_type: 'client_credentials', scope: machineScope },
      answer: () => ({ ...bearer, access_token: 'for-the-app' }),
    });
    const principal = { ...(await principalWith()), user: undefined };
    const over = { clientSecret: secret, principal };
    expect(errorOf(await lend({ ...use, machineScope }, over))).toBe('granted for-the-app');
    expect(errorOf(await lend({ ...use, machineScope }, { clientSecret: secret }))).toBe(
      'invalid_request',
    );
  });

  it('is not had when Entra wants the user first: a person must see to that', async () => {
    const shape = server.shapes.get('/token');
    server.shapes.set('/token', {
      fields: shape?.fields ?? {},
      answer: () => ({ error: 'interaction_required', claims: '{"access_token":{}}' }),
    });
    expect(errorOf(await lend(use, { clientSecret: secret }))).toBe('interaction_required');
  });

  it('is not asked for where no token of this user goes along: it is of nobody, or of somebody else', async () => {
    const { delegation: _one, ...alone } = await principalWith();
    const others: Principal[] = [
      { ...(await principalWith()), user: undefined },
      { ...alone },
      { ...(await principalWith()), user: { ...user, subject: 'bob' } },
      { ...(await principalWith()), user: { ...user, issuer: 'https://other.example' } },
      { ...(await principalWith()), instance: 'i2' },
    ];
    const carried = { id: 'd', client: undefined, issuedAt: 1, token: 'k', carried: 'made.up' };
    const { carried: _carried, ...bare } = carried;
    for (const delegation of [carried, bare]) {
      others.push({ ...(await principalWith()), delegation });
    }
    for (const principal of others) {
      expect(errorOf(await lend(use, { clientSecret: secret, principal }))).toMatch(
        /no token of a user|of somebody else/,
      );
    }
    expect(server.asked).toEqual([]);
  });
});

describe('a token by the user’s own, as others give it', () => {
  it('is exchanged as Okta takes it, by our key [SYS-011] [SYS-016]', async () => {
    server.shapes.set('/token', {
      fields: {
        grant_type: tokenExchange,
        subject_token: theirs.token,
        subject_token_type: access,
        requested_token_type: access,
        audience: 'api://default',
        scope: 'crm.read',
      },
      answer: () => ({ ...bearer, access_token: 'okta', issued_token_type: access }),
    });
    const use = { audience: 'api://default', scope: 'crm.read' };
    expect(errorOf(await lend(use))).toBe('granted okta');
    expect(errorOf(await lend({ ...use, scope: 'crm.write' }))).toBe('invalid_request');
    expect(errorOf(await lend({ ...use, clientId: 'nobody' }))).toBe('invalid_client');
  });

  it('is what Auth0 keeps of the user for a connection, by the secret of the client [SYS-012]', async () => {
    server.shapes.set('/token', {
      fields: {
        grant_type:
          'urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token',
        subject_token: theirs.token,
        subject_token_type: access,
        requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
        connection: 'google-oauth2',
      },
      answer: () => ({ ...bearer, access_token: 'vaulted' }),
    });
    const use = {
      mode: 'federated-token',
      connection: 'google-oauth2',
      clientId: 'secret',
      clientSecret: 'entra',
    } as const;
    expect(errorOf(await lend(use, { clientSecret: secret }))).toBe('granted vaulted');
  });

  it('must name the agent where the document demands it [SYS-016]', async () => {
    server.shapes.set('/token', {
      fields: {
        grant_type: tokenExchange,
        subject_token: theirs.token,
        subject_token_type: access,
        requested_token_type: access,
      },
      answer: async () => ({ ...bearer, access_token: await server.token({ sub: 'ada' }) }),
    });
    expect(errorOf(await lend({ namesActor: true }))).toMatch(/does not name the agent/);
  });
});

describe('an assertion that the user’s provider makes for the server’s own authorization server (ID-JAG)', () => {
  const carried = { type: idToken, token: 'an-id-token' };
  const claims = () => ({ aud: `${server.url}/as`, client_id: 'keyed', sub: 'ada', jti: 'j1' });
  let said: Record<string, unknown>;
  let made: Record<string, unknown>;

  beforeEach(() => {
    said = claims();
    made = { issued_token_type: idJag, token_type: 'N_A', expires_in: 300 };
    const used = new Set<string>();
    server.shapes.set('/idp', {
      fields: {
        grant_type: tokenExchange,
        requested_token_type: idJag,
        audience: `${server.url}/as`,
        resource: 'https://crm.example/mcp',
        scope: 'crm.read',
        subject_token: carried.token,
        subject_token_type: idToken,
      },
      answer: async () => ({
        ...made,
        access_token: await server.token(said, 'oauth-id-jag+jwt'),
      }),
    });
    server.shapes.set('/as', {
      fields: { grant_type: jwtBearer, assertion: undefined, scope: 'crm.read' },
      answer: ({ assertion = '' }) => {
        if (used.has(assertion)) return { error: 'invalid_grant' };
        used.add(assertion);
        return { ...bearer, access_token: 'by-assertion' };
      },
    });
  });

  async function ask() {
    return lend(
      {
        mode: 'id-jag-exchange',
        tokenEndpoint: `${server.url}/as`,
        issuer: `${server.url}/as`,
        resource: 'https://crm.example/mcp',
        scope: 'crm.read',
        clientSecret: 'entra',
        provider: {
          tokenEndpoint: `${server.url}/idp`,
          issuer: `${server.url}/idp`,
          clientId: 'secret',
        },
      },
      { clientSecret: secret, principal: await principalWith(carried) },
    );
  }

  it('is asked for there and taken here, each client by its own proof [SYS-016]', async () => {
    expect(errorOf(await ask())).toBe('granted by-assertion');
    expect(server.asked.map(({ client_id }) => client_id)).toEqual(['secret', 'keyed']);
    expect(JSON.stringify(server.asked[1])).not.toContain(carried.token);
  });

  it.each<[string, () => void]>([
    ['for another server', () => (said['aud'] = 'https://elsewhere.example')],
    ['for several servers', () => (said['aud'] = [`${server.url}/as`, 'https://b.example'])],
    ['for another client', () => (said['client_id'] = 'other')],
    ['that is a token for anybody', () => (made['token_type'] = 'Bearer')],
    ['of another kind', () => (made['issued_token_type'] = access)],
  ])('is shown to nobody when it is one %s', async (_what, change) => {
    change();
    expect(errorOf(await ask())).toMatch(/not for this server|holds no assertion/);
    expect(server.asked).toHaveLength(1);
  });
});
