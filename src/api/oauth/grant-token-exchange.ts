import { BailiwickError } from '#kernel/errors.ts';
import { tracedBy } from '#kernel/trace.ts';
import { effectsIn } from './effects-in.ts';
import { needed } from './fields.ts';
import type { Grant } from './grant.ts';
import { ourNames } from './our-names.ts';
import { taskIn } from './task-in.ts';
import { workloadIn } from './workload-in.ts';

export const tokenExchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** RFC 8693 §2.1: an enrolled instance, by an assertion of its key, brings a token. */
export const tokenExchange: Grant = async (asked) => {
  const { parts, fields, client, origin, headers } = asked;
  if (client.method !== 'private_key_jwt') {
    throw new BailiwickError('oauth/unauthorized-client', {
      message: 'only an enrolled instance exchanges tokens, by an assertion of its key',
    });
  }
  const { assertion } = client;
  const workload = workloadIn(asked);
  const who = await parts.enrolment.clients.authenticate({ assertion, workload, rate: 'exchange' });
  const { resource, audience } = fields;
  const answer = await parts.exchange.exchange({
    who,
    subjectToken: needed(fields, 'subject_token'),
    subjectTokenType: needed(fields, 'subject_token_type'),
    actorToken: fields['actor_token'],
    actorTokenType: fields['actor_token_type'],
    requestedTokenType: fields['requested_token_type'],
    targets: [resource, audience].filter((name) => name !== undefined),
    effects: effectsIn(fields['scope']),
    ...taskIn(fields['authorization_details']),
    requestDetails: fields['request_details'],
    words: fields['words'],
    audience: origin,
    isOurs: ourNames(asked),
    traced: tracedBy(headers.traceparent),
  });
  return {
    access_token: answer.accessToken,
    issued_token_type: answer.issuedTokenType,
    token_type: answer.tokenType,
    expires_in: answer.expiresIn,
    scope: answer.effects.join(' '),
  };
};
