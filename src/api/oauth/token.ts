import { BailiwickError } from '#kernel/errors.ts';
import type { WebAnswer, WebAsked, WebRoute } from '../web-route.ts';
import { refusedAnswer, told } from './answers.ts';
import { presentedClient } from './client-auth.ts';
import { fieldsIn, needed } from './fields.ts';
import { grants } from './grants.ts';

/**
 * RFC 6749 §3.2: reads who asks for what, and tells the answer; the grant decides. INVARIANT: it knows no
 * cookie, so no page can spend somebody's sign-in here.
 */
export const tokenRoutes: readonly WebRoute[] = [
  {
    method: 'POST',
    path: '/oauth/token',
    action: 'token.issued',
    recordedBy: 'plane',
    encoding: 'form',
    crossOrigin: true,
    serve: answer,
  },
];

async function answer(asked: WebAsked): Promise<WebAnswer> {
  const { parts, origin, headers, source } = asked;
  // RFC 9449 §8: whoever proves a key needs it for the next proof.
  const nonce = headers.dpop === undefined ? {} : { 'dpop-nonce': parts.oauth.proofs.nonce() };
  try {
    const fields = fieldsIn(asked);
    const grant = grants.get(needed(fields, 'grant_type'));
    if (grant === undefined) throw new BailiwickError('oauth/unsupported-grant-type');
    const client = presentedClient(fields, asked);
    return told(await grant({ parts, fields, client, origin, headers, source }), nonce);
  } catch (fault) {
    return refusedAnswer(fault, nonce);
  }
}
