import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isoTime } from '#kernel/time.ts';
import { name, parseBody, personOf, reason } from './input.ts';
import type { Route } from './route.ts';

const enrol = z.strictObject({
  joinToken: z.string().max(64),
  jwk: z.record(z.string(), z.string()),
  proof: z.string().max(4_096),
});

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Enrolment and tokens: called by instances, which prove themselves by key. */
export const identityRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/v1/enrol',
    action: 'identity.enrolled',
    recordedBy: 'plane',
    role: 'anyone',
    async handle({ parts, body }) {
      const { joinToken, jwk, proof } = parseBody(enrol, body);
      const enrolled = await parts.enrolment.enrol({ joinToken, jwk, proof });
      return {
        tenant: enrolled.tenant,
        agent: enrolled.agent,
        instance: enrolled.instance,
        issuer: parts.enrolment.trust().issuer,
      };
    },
  },
  {
    method: 'POST',
    path: '/v1/token',
    action: 'token.issued',
    recordedBy: 'plane',
    role: 'anyone',
    async handle({ parts, form }) {
      const assertion = form.get('client_assertion');
      if (
        form.get('grant_type') !== 'client_credentials' ||
        form.get('client_assertion_type') !== assertionType ||
        assertion === null
      ) {
        throw new BailiwickError('identity/invalid-assertion', {
          message: 'the token request is not a client assertion of RFC 7523',
        });
      }
      const token = await parts.enrolment.issueToken({ assertion });
      return {
        access_token: token.accessToken,
        token_type: token.tokenType,
        expires_in: token.expiresIn,
      };
    },
  },
  {
    method: 'POST',
    path: '/v1/agents/:agent/join-token',
    action: 'identity.join-token-issued',
    recordedBy: 'plane',
    role: 'admin',
    async handle(input) {
      const { parts, params } = input;
      const issued = await parts.enrolment.issueJoinToken({
        tenant: parts.tenant,
        agent: parseBody(name, params['agent']),
        by: personOf(input).name,
      });
      return { joinToken: issued.token, expiresAt: isoTime(issued.expiresAt) };
    },
  },
  {
    method: 'POST',
    path: '/v1/agents/:agent/token',
    action: 'token.issued',
    recordedBy: 'plane',
    role: 'admin',
    async handle(input) {
      const { parts, params } = input;
      const token = await parts.enrolment.issueUnboundToken({
        tenant: parts.tenant,
        agent: parseBody(name, params['agent']),
        by: personOf(input).name,
      });
      return {
        accessToken: token.accessToken,
        tokenType: token.tokenType,
        expiresIn: token.expiresIn,
      };
    },
  },
  {
    method: 'POST',
    path: '/v1/instances/:instance/revoke',
    action: 'lifecycle.instance-revoked',
    recordedBy: 'plane',
    role: 'admin',
    handle: (input) => revokeInstance(input),
  },
];

async function revokeInstance(input: Parameters<Route['handle']>[0]): Promise<JsonObject> {
  const { parts, params, body } = input;
  const because = parseBody(z.strictObject({ reason }), body).reason;
  const by = personOf(input).name;
  const instance = params['instance'] ?? '';
  const { store, tenant, clock } = parts;
  // The overlay first: the instance is out everywhere before the books are tidied.
  const now = clock.now();
  await store.overlay.add({
    id: `revoke-${instance}`,
    target: { kind: 'instance', tenant, instance },
    why: 'revoke',
    by,
    reason: because,
    at: now,
  });
  const revoked = await parts.enrolment.revoke({ tenant, instance, by, reason: because });
  return { instance: revoked.instance, agent: revoked.agent, revokedAt: isoTime(now) };
}
