import { BailiwickError } from '#kernel/errors.ts';
import type { AssertionBearer } from '#planes/delegation/index.ts';
import { effectsIn } from './effects-in.ts';
import { needed } from './fields.ts';
import type { Grant, GrantAsked } from './grant.ts';
import { knownClient } from './known-client.ts';
import { ourNames } from './our-names.ts';
import { thumbprintOf } from './proven-key.ts';
import { workloadIn } from './workload-in.ts';

export const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** RFC 7523 §2.1, with an identity assertion (ID-JAG): there is no refresh token, its provider is asked again. */
export const jwtBearer: Grant = async (asked) => {
  const { parts, fields, origin } = asked;
  const bearer = await bearerOf(asked);
  const { resource } = fields;
  const isOurs = ourNames(asked);
  if (resource !== undefined && !isOurs(resource)) throw new BailiwickError('oauth/invalid-target');
  const answer = await parts.exchange.grant({
    bearer,
    assertion: needed(fields, 'assertion'),
    effects: effectsIn(fields['scope']),
    audience: origin,
    isOurs,
  });
  return {
    access_token: answer.accessToken,
    token_type: answer.tokenType,
    expires_in: answer.expiresIn,
    scope: answer.effects.join(' '),
  };
};

/** A client that a document names, by its secret or keys; or an enrolled instance, by an assertion of its key. */
async function bearerOf(asked: GrantAsked): Promise<AssertionBearer> {
  const { parts, client } = asked;
  const { systemTenant: tenant } = parts;
  if (client.id !== undefined && client.method !== 'none') {
    const found = await parts.oauth.clients.find(tenant, client.id);
    if (found !== undefined) return clientOf(asked, tenant);
  }
  if (client.method !== 'private_key_jwt') {
    throw new BailiwickError('oauth/unauthorized-client', {
      message:
        'identity assertions are taken from enrolled instances, by an assertion of their key, and from clients that prove who they are',
    });
  }
  const { assertion } = client;
  const workload = workloadIn(asked);
  const ask = { assertion, workload, rate: 'exchange' } as const;
  const instance = await parts.enrolment.clients.authenticate(ask);
  return { kind: 'instance', instance };
}

async function clientOf(asked: GrantAsked, tenant: string): Promise<AssertionBearer> {
  const { id, document } = await knownClient(asked);
  const thumbprint = thumbprintOf(asked);
  return { kind: 'client', tenant, client: id, agent: document.agent, document, thumbprint };
}
