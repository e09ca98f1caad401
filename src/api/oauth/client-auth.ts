import { BailiwickError } from '#kernel/errors.ts';
import type { WebAsked } from '../web-route.ts';
import type { Fields } from './fields.ts';

/** RFC 7523 §2.2. */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** How a client says who it is; nothing of it is believed here. */
export type PresentedClient =
  | { readonly method: 'none'; readonly id: string | undefined }
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly id: string;
      readonly secret: string;
    }
  | {
      readonly method: 'private_key_jwt';
      /** As the form names it; the assertion says it too. */
      readonly id: string | undefined;
      readonly assertion: string;
    };

/** INVARIANT: one way at a time (RFC 6749 §2.3): of two, another reader may believe the other one. */
export function presentedClient(
  fields: Fields,
  { headers }: Pick<WebAsked, 'headers'>,
): PresentedClient {
  const basic = basicOf(headers.authorization);
  const { client_id: id, client_secret: secret, client_assertion: assertion } = fields;
  const ways = [basic, secret, assertion].filter((way) => way !== undefined);
  if (ways.length > 1) throw invalid('the client says who it is in more than one way');
  if (basic !== undefined) {
    if (id !== undefined && id !== basic.id) throw invalid('the client names itself differently');
    return { method: 'client_secret_basic', ...basic };
  }
  if (assertion !== undefined) {
    if (fields['client_assertion_type'] !== assertionType) {
      throw new BailiwickError('identity/invalid-assertion', {
        message: 'the token request is not a client assertion of RFC 7523',
      });
    }
    return { method: 'private_key_jwt', id, assertion };
  }
  if (secret === undefined) return { method: 'none', id };
  if (id === undefined) throw invalid('`client_id` is missing');
  return { method: 'client_secret_post', id, secret };
}

/** RFC 6749 §2.3.1: both parts are written as in a form. A token in its place is nobody's client. */
function basicOf(authorization: string | undefined) {
  if (authorization === undefined) return undefined;
  const [, encoded = ''] = /^Basic ([A-Za-z0-9+/]{1,1024}={0,2})$/i.exec(authorization) ?? [];
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  const id = colon < 1 ? undefined : formText(text.slice(0, colon));
  const secret = colon < 1 ? undefined : formText(text.slice(colon + 1));
  if (id === undefined || secret === undefined || secret === '') {
    throw new BailiwickError('oauth/invalid-client');
  }
  return { id, secret };
}

function formText(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function invalid(message: string): BailiwickError {
  return new BailiwickError('oauth/invalid-request', { message });
}
