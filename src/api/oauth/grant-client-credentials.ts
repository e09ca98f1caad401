import { BailiwickError } from '#kernel/errors.ts';
import type { Grant } from './grant.ts';
import { workloadIn } from './workload-in.ts';

/** RFC 6749 §4.4: an enrolled instance speaks for itself, by its own key, or a workload by its platform's word. */
export const clientCredentials: Grant = async (asked) => {
  const { parts, client } = asked;
  if (client.method !== 'private_key_jwt') {
    throw new BailiwickError('oauth/unauthorized-client', {
      message: 'only an enrolled instance gets a token for itself, by an assertion of its key',
    });
  }
  const token = await parts.enrolment.issueToken({
    assertion: client.assertion,
    workload: workloadIn(asked),
  });
  return {
    access_token: token.accessToken,
    token_type: token.tokenType,
    expires_in: token.expiresIn,
  };
};
