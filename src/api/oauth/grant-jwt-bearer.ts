import { BailiwickError } from '#kernel/errors.ts';
import { effectsIn } from './effects-in.ts';
import { needed } from './fields.ts';
import type { Grant } from './grant.ts';
import { ourNames } from './our-names.ts';

export const jwtBearerGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** RFC 7523 §2.1, with an identity assertion (ID-JAG): there is no refresh token, its provider is asked again. */
export const jwtBearer: Grant = async (asked) => {
  const { parts, fields, client, origin } = asked;
  if (client.method !== 'private_key_jwt') {
    throw new BailiwickError('oauth/unauthorized-client', {
      message:
        'identity assertions are taken from enrolled instances, by an assertion of their key',
    });
  }
  const { assertion: proof } = client;
  const instance = await parts.enrolment.clients.authenticate({
    assertion: proof,
    rate: 'exchange',
  });
  const { resource } = fields;
  const isOurs = ourNames(asked);
  if (resource !== undefined && !isOurs(resource)) throw new BailiwickError('oauth/invalid-target');
  const answer = await parts.exchange.grant({
    bearer: { kind: 'instance', instance },
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
