import { BailiwickError } from '#kernel/errors.ts';
import { type EffectClass, effectClasses } from '#kernel/tool.ts';
import type { KnownClient } from './door.ts';
import { sameRedirect } from './redirect-uris.ts';

type Query = Readonly<Record<string, string>>;

const longestState = 2_048;

/**
 * Where the answer goes. INVARIANT: until this is certain nothing is sent anywhere: a client that is not known,
 * or an address that is not registered for it, is told to the person in front of us alone.
 */
export function redirectOf(client: KnownClient, { redirect_uri: asked }: Query): string {
  if (asked === undefined) {
    const [only] = client.redirectUris;
    if (only !== undefined && client.redirectUris.length === 1) return only;
    throw new BailiwickError('oauth/invalid-redirect-uri');
  }
  if (client.redirectUris.some((registered) => sameRedirect(registered, asked))) return asked;
  throw new BailiwickError('oauth/invalid-redirect-uri');
}

export function stateOf({ state }: Query): string | undefined {
  if (state !== undefined && state.length > longestState) throw invalid('`state` is too long');
  return state;
}

/** RFC 7636 with S256 alone, whatever kind of client it is. */
export function challengeOf({
  response_type: type,
  response_mode: mode = 'query',
  code_challenge: challenge,
  code_challenge_method: method,
}: Query): string {
  if (type !== 'code') throw new BailiwickError('oauth/unsupported-response-type');
  if (mode !== 'query') throw invalid('only `response_mode=query` is answered');
  if (challenge === undefined || method !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
    throw invalid('`code_challenge` with `code_challenge_method=S256` is missing (RFC 7636)');
  }
  return challenge;
}

/**
 * The classes of effect that scopes name; undefined where none is named. Scopes that are none of ours ask for
 * nothing here: clients add `openid` or `offline_access` by themselves.
 */
export function effectsOfScope(scope: string | undefined): readonly EffectClass[] | undefined {
  if (scope === undefined) return undefined;
  const words = scope.split(' ').filter((word) => word !== '');
  if (words.length > 64) throw new BailiwickError('oauth/invalid-scope');
  const named = effectClasses.filter((effect) => words.includes(effect));
  return named.length === 0 ? undefined : named;
}

export function within(
  asked: readonly EffectClass[] | undefined,
  most: readonly EffectClass[],
): readonly EffectClass[] {
  const effects = most.filter((effect) => asked?.includes(effect) !== false);
  if (effects.length === 0) throw new BailiwickError('oauth/invalid-scope');
  return effects;
}

function invalid(message: string): BailiwickError {
  return new BailiwickError('oauth/invalid-request', { message });
}
