import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, jwtVerify, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRefusal } from '#kernel/errors.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ExchangeUse } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { createAssertionSigner, createExchangeSource } from '#planes/credentials/index.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { createOutbound } from '#adapters/outbound/index.ts';
import { createFormPoster } from './form-poster.ts';

/** What of the package is used here: it comes without types. */
interface Package {
  readonly Provider: new (
    issuer: string,
    configuration: object,
  ) => {
    registerGrantType(
      name: string,
      handle: (ctx: Asked) => Promise<void>,
      fields: readonly string[],
    ): void;
    callback(): RequestListener;
  };
}

interface Asked {
  readonly oidc: { readonly params?: Readonly<Record<string, string | undefined>> };
  body: unknown;
}

const packageName: string = 'oidc-provider';

const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const principal: Principal = {
  kind: 'agent',
  tenant: 'main',
  agent: 'desk',
  instance: 'i1',
  user: { subject: 'ada', issuer: 'https://idp.example', groups: [] },
  task: 't1',
  session: 's1',
  hops: [],
  binding: 'dpop',
  keyThumbprint: 'k',
};

let server: Server;
let use: ExchangeUse;
let namesActor = true;
const clock = new ManualClock(Date.now());
const keyring = new FakeKeyring();
const poster = createFormPoster(({ loopback }) =>
  createOutbound({ mayReach: () => false, loopback }),
);

/** A real authorization server, whose exchange believes our key, and says so in what it signs. */
beforeAll(async () => {
  const { jwk } = createAssertionSigner(await keyring.signer('assertions'));
  server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { Provider } = (await import(packageName)) as Package;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'bailiwick',
        grant_types: [grant, 'client_credentials'],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'EdDSA',
        jwks: { keys: [jwk] },
      },
    ],
    enabledJWA: { clientAuthSigningAlgValues: ['EdDSA'] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    clientBasedCORS: () => false,
  });
  const ours = await importJWK(jwk, 'EdDSA');
  provider.registerGrantType(
    grant,
    async (ctx) => {
      const { subject_token: subject, actor_token: actor } = ctx.oidc.params ?? {};
      const read = async (token = '') =>
        (await jwtVerify(token, ours, { audience: issuer, issuer: 'urn:us' })).payload;
      const user = await read(subject);
      const agent = await read(actor);
      const sub = user.sub ?? '';
      const said = { sub, ...(namesActor ? { act: { sub: agent.sub } } : {}) };
      const signed = new SignJWT(said).setProtectedHeader({ alg: 'HS256' }).setIssuedAt();
      const access_token = await signed.setExpirationTime('5m').sign(new Uint8Array(32));
      ctx.body = { access_token, token_type: 'Bearer', expires_in: 300 };
    },
    [
      'subject_token',
      'subject_token_type',
      'actor_token',
      'actor_token_type',
      'requested_token_type',
      'audience',
    ],
  );
  server.on('request', provider.callback());
  use = {
    mode: 'token-exchange',
    tokenEndpoint: `${issuer}/token`,
    issuer,
    clientId: 'bailiwick',
    audience: 'crm',
    namesActor: true,
    network: { loopback: true, hosts: [] },
  };
});
afterAll(() => void server?.close());

async function lend(of: Partial<Principal> = {}) {
  const signer = createAssertionSigner(await keyring.signer('assertions'));
  const source = createExchangeSource({ signer, poster, clock });
  const { signal } = new AbortController();
  const whose = { principal: { ...principal, ...of }, issuer: 'urn:us' };
  return source.lend({ tenant: 'main', use, ...whose, signal });
}

describe('a real authorization server', () => {
  it('knows us by our key, and gives a token for the user through the agent [SYS-016]', async () => {
    namesActor = true;
    const given = await lend();
    if (isRefusal(given)) throw new Error(JSON.stringify(given.recorded));
    const [, body = ''] = given.value.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    expect(claims).toMatchObject({ sub: 'ada', act: { sub: 'agent:main/desk/i1' } });
    expect(given.reusableMs).toBe(270_000);
  });

  it('is not believed when it leaves the agent out [SYS-016]', async () => {
    namesActor = false;
    expect(await lend()).toMatchObject({ code: 'credentials/exchange-refused' });
  });

  it('gives the machine account to an agent that acts for nobody [IDN-03]', async () => {
    const given = await lend({ user: undefined });
    expect(isRefusal(given) ? given.recorded : 'granted').toBe('granted');
  });

  it('gives nothing to another key', async () => {
    const signer = createAssertionSigner(await new FakeKeyring().signer('other'));
    const source = createExchangeSource({ signer, poster, clock });
    const { signal } = new AbortController();
    const given = await source.lend({ tenant: 'main', use, issuer: 'urn:us', principal, signal });
    expect(given).toMatchObject({ recorded: { status: 401, error: 'invalid_client' } });
  });
});
