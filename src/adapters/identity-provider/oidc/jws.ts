import { compactVerify } from 'jose';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Kept } from './kept.ts';
import { importKey, isKnownAlgorithm, keyFor, type ProviderKey } from './keys.ts';

export interface Signed {
  readonly alg: string;
  /** In small letters, without `application/`. */
  readonly typ: string | undefined;
  readonly claims: JsonObject;
}

export function invalidToken(message: string): BailiwickError {
  return new BailiwickError('identity/invalid-token', { message });
}

/**
 * Judges the signature, and nothing else. Header and claims are read by our own reader: JSON that could be
 * read in two ways is refused. INVARIANT: the key is the provider's, the algorithm is one of that key.
 */
export async function verifySigned(
  token: string,
  keys: Kept<readonly ProviderKey[]>,
): Promise<Signed> {
  if (token.length > limits.userTokenBytes) throw invalidToken('the token is too large');
  const [head, body, signature = '', more] = token.split('.');
  const header = head === undefined ? undefined : partOf(head);
  const claims = body === undefined ? undefined : partOf(body);
  // One text for one value here too.
  const isPlain = Buffer.from(signature, 'base64url').toString('base64url') === signature;
  if (header === undefined || claims === undefined || more !== undefined || !isPlain) {
    throw invalidToken('this is no signed token');
  }
  const { alg, kid, typ } = header;
  if (!isKnownAlgorithm(alg)) throw invalidToken('the token is not signed in a way that counts');
  // What must be understood is not understood here, whatever it is.
  if (header['crit'] !== undefined) throw invalidToken('the token wants what is not known here');
  if (kid !== undefined && typeof kid !== 'string') throw invalidToken('its key has no name');
  const key = await findKey(keys, { kid, alg });
  try {
    await compactVerify(token, await importKey(key, alg), { algorithms: [alg] });
  } catch {
    throw invalidToken('the signature of the token is not its provider’s');
  }
  return { alg, typ: typeOf(typ), claims };
}

/** A key that is not known may be a new one: asked for, within the bound that holds for everybody. */
async function findKey(
  keys: Kept<readonly ProviderKey[]>,
  wanted: { readonly kid: string | undefined; readonly alg: string },
): Promise<ProviderKey> {
  const key = keyFor(await keys.get(), wanted) ?? keyFor(await keys.renew(), wanted);
  if (key === undefined) throw invalidToken('the token is signed by no key of its provider');
  return key;
}

function typeOf(typ: unknown): string | undefined {
  if (typ === undefined) return undefined;
  if (typeof typ !== 'string') throw invalidToken('the token has no kind');
  return typ.toLowerCase().replace(/^application\//, '');
}

/** What a token says of its issuer. INVARIANT: it proves nothing; it tells which provider's keys to judge by. */
export function unprovenIssuer(token: string): string | undefined {
  if (token.length > limits.userTokenBytes) return undefined;
  const claims = partOf(token.split('.', 2)[1] ?? '');
  const issuer = claims?.['iss'];
  return typeof issuer === 'string' ? issuer : undefined;
}

function partOf(text: string): JsonObject | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // One text for one value.
  if (bytes.length === 0 || bytes.toString('base64url') !== text) return undefined;
  try {
    const value = parseJson(bytes);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
