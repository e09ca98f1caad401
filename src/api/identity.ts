import { z } from 'zod';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { isoTime } from '#kernel/time.ts';
import { openRoute, personRoute, type Route } from './route.ts';
import { id, name, reasonIfAny, time, withReason } from './shapes.ts';

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Called by instances, which prove themselves by key. */
const instanceRoutes: readonly Route[] = [
  openRoute({
    method: 'POST',
    path: '/v1/enrol',
    summary: 'Enrol an instance by a join token or a workload token',
    action: 'identity.enrolled',
    recordedBy: 'plane',
    body: z
      .strictObject({
        joinToken: z.string().max(64).optional(),
        workloadToken: z.string().max(limits.userTokenBytes).optional(),
        jwk: z.record(z.string(), z.string()),
        proof: z.string().max(4_096),
      })
      .refine(
        ({ joinToken, workloadToken }) =>
          (joinToken === undefined) !== (workloadToken === undefined),
        'give either `joinToken` or `workloadToken`',
      ),
    answer: z.strictObject({
      tenant: z.string(),
      agent: z.string(),
      instance: z.string(),
      issuer: z.string(),
    }),
    async handle({ parts, body }) {
      const { joinToken, workloadToken = '', jwk, proof } = body;
      const { tenant, agent, instance } =
        joinToken === undefined
          ? await parts.enrolment.enrolWorkload({ workloadToken, jwk, proof })
          : await parts.enrolment.enrol({ joinToken, jwk, proof });
      return { tenant, agent, instance, issuer: parts.enrolment.trust().issuer };
    },
  }),
  openRoute({
    method: 'POST',
    path: '/v1/token',
    summary: 'Give an enrolled instance an access token',
    action: 'token.issued',
    recordedBy: 'plane',
    encoding: 'form',
    // RFC 6749 §3.2: what the endpoint does not know is ignored.
    body: z.object({
      grant_type: z.string().optional(),
      client_assertion_type: z.string().optional(),
      client_assertion: z.string().optional(),
    }),
    answer: z.strictObject({
      access_token: z.string(),
      token_type: z.string(),
      expires_in: z.number(),
    }),
    async handle({ parts, body }) {
      const { grant_type: grant, client_assertion_type: type, client_assertion: assertion } = body;
      if (grant !== 'client_credentials' || type !== assertionType || assertion === undefined) {
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
  }),
];

const agent = z.strictObject({ agent: name });

export const identityRoutes: readonly Route[] = [
  ...instanceRoutes,
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/join-token',
    showsOnce: true,
    summary: 'Issue a join token for an agent',
    action: 'identity.join-token-issued',
    recordedBy: 'plane',
    act: 'agents',
    role: 'operator',
    params: agent,
    body: reasonIfAny,
    answer: z.strictObject({ joinToken: z.string(), expiresAt: time }),
    async handle({ parts, params, body, person: by }) {
      const issued = await parts.desks.identity.issueJoinToken({ by, ...params, ...body });
      return { joinToken: issued.token, expiresAt: isoTime(issued.expiresAt) };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/agents/:agent/token',
    showsOnce: true,
    summary: 'Issue a bearer token for an agent',
    action: 'token.issued',
    recordedBy: 'plane',
    act: 'agents',
    role: 'operator',
    params: agent,
    body: reasonIfAny,
    answer: z.strictObject({
      accessToken: z.string(),
      tokenType: z.string(),
      expiresIn: z.number(),
      instance: z.string(),
    }),
    async handle({ parts, params, body, person: by }) {
      const token = await parts.desks.identity.issueUnboundToken({ by, ...params, ...body });
      const { accessToken, tokenType, expiresIn, instance } = token;
      return { accessToken, tokenType, expiresIn, instance };
    },
  }),
  personRoute({
    method: 'POST',
    path: '/v1/instances/:instance/revoke',
    summary: 'Revoke an instance',
    action: 'lifecycle.instance-revoked',
    recordedBy: 'plane',
    act: 'revoke',
    role: 'analyst',
    params: z.strictObject({ instance: id }),
    body: withReason,
    answer: z.strictObject({ instance: z.string(), agent: z.string(), revokedAt: time }),
    async handle({ parts, params, body, person: by }) {
      const revoked = await parts.desks.identity.revoke({ by, ...params, ...body });
      return { ...revoked, revokedAt: isoTime(revoked.revokedAt) };
    },
  }),
];
