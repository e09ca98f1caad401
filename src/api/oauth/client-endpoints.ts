import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { KnownClient } from '#planes/delegation/index.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { refusedAnswer, told } from './answers.ts';
import { presentedClient } from './client-auth.ts';
import { fieldsIn, needed } from './fields.ts';
import { knownClient } from './known-client.ts';

type Served = (asked: WebAsked) => Promise<WebAnswer>;

/** What clients do beside fetching tokens: register themselves, give tokens back, ask what one is worth. */
export const clientRoutes: readonly WebRoute[] = [
  {
    method: 'POST',
    path: '/oauth/register',
    action: 'client.registered',
    recordedBy: 'plane',
    encoding: 'json',
    crossOrigin: true,
    serve: refusing(register),
  },
  {
    method: 'POST',
    path: '/oauth/revoke',
    action: 'delegation.ended',
    recordedBy: 'plane',
    encoding: 'form',
    crossOrigin: true,
    serve: refusing(revoke),
  },
  {
    method: 'POST',
    path: '/oauth/introspect',
    action: 'api.read',
    recordedBy: 'nothing to record',
    encoding: 'form',
    crossOrigin: true,
    serve: refusing(introspect),
  },
];

function refusing(serve: Served): Served {
  return async (asked) => {
    try {
      return await serve(asked);
    } catch (fault) {
      return refusedAnswer(fault);
    }
  };
}

/** RFC 7591 §3. It is told what it became, whatever it asked to be: a public client that asks for codes. */
async function register({ parts, body, source }: WebAsked): Promise<WebAnswer> {
  const client = await parts.oauth.clients.register({
    tenant: parts.systemTenant,
    source,
    metadata: body,
  });
  return told(
    {
      client_id: client.id,
      client_id_issued_at: Math.floor(client.registeredAt / 1_000),
      client_name: client.name,
      redirect_uris: [...client.redirectUris],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      scope: client.document.effects.join(' '),
    },
    {},
    201,
  );
}

/** RFC 7009 §2.2: done, whether there was anything or not. */
async function revoke(asked: WebAsked): Promise<WebAnswer> {
  const { client, tenant, token } = await about(asked);
  await asked.parts.oauth.tokens.revoke({ client, tenant, token });
  return told({});
}

/** RFC 7662 §2.1. INVARIANT: only for a client that proves who it is: others learn nothing of any token. */
async function introspect(asked: WebAsked): Promise<WebAnswer> {
  const { client, tenant, token } = await about(asked);
  if (client.auth.kind === 'none') throw new BailiwickError('oauth/invalid-client');
  const found = await asked.parts.oauth.tokens.introspect({ client, tenant, token });
  const nothing: JsonObject = { active: false };
  return told(found ?? nothing);
}

async function about(asked: WebAsked): Promise<{
  readonly client: KnownClient;
  readonly tenant: string;
  readonly token: string;
}> {
  const { parts, origin } = asked;
  const fields = fieldsIn(asked);
  const client = await knownClient({ parts, origin, client: presentedClient(fields, asked) });
  return { client, tenant: parts.systemTenant, token: needed(fields, 'token') };
}
