import { createHash, timingSafeEqual } from 'node:crypto';
import { BailiwickError } from '#kernel/errors.ts';
import { type Json, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { invalidToken, type Signed } from './jws.ts';

/** What holds of every token: whose it is, of whom, and when. Answers until when it is valid. */
export function checkCommon(
  claims: JsonObject,
  { issuer, now }: { readonly issuer: string; readonly now: number },
): number {
  if (claims['iss'] !== issuer) throw invalidToken('the token is of another issuer');
  const expiresAt = timeAt(claims, 'exp');
  const issuedAt = timeAt(claims, 'iat');
  if (expiresAt === undefined || issuedAt === undefined) {
    throw invalidToken('the token does not say when it was made and until when it holds');
  }
  if (expiresAt + limits.clockSkewMs <= now) throw new BailiwickError('identity/expired-token');
  const from = Math.max(issuedAt, timeAt(claims, 'nbf') ?? issuedAt);
  if (from - limits.clockSkewMs > now) throw invalidToken('the token is from the future');
  return expiresAt;
}

export function checkSubject(claims: JsonObject): void {
  const { sub } = claims;
  if (typeof sub !== 'string' || sub === '' || Buffer.byteLength(sub) > 255) {
    throw invalidToken('the token is of nobody');
  }
}

export function audiencesOf({ aud }: JsonObject): readonly string[] {
  const all: readonly Json[] = Array.isArray(aud) ? (aud as readonly Json[]) : [aud ?? null];
  const texts = all.filter((one) => typeof one === 'string');
  return texts.length === all.length ? texts : [];
}

/** OpenID Connect Core §3.1.3.7. */
export function checkIdToken(
  { alg, typ, claims }: Signed,
  asked: {
    readonly clientId: string;
    readonly nonce: string;
    readonly accessToken: string | undefined;
  },
): void {
  if (typ !== undefined && typ !== 'jwt') throw invalidToken('this is no ID token');
  checkSubject(claims);
  checkAudience(claims, asked.clientId);
  const { nonce } = claims;
  if (typeof nonce !== 'string' || !isSame(nonce, asked.nonce)) {
    throw invalidToken('the ID token is for another sign-in');
  }
  const hash = claims['at_hash'];
  if (hash === undefined) return;
  // Whoever put another access token beside it wanted something.
  if (typeof hash !== 'string' || asked.accessToken === undefined) {
    throw invalidToken('the ID token belongs to another access token');
  }
  if (!isSame(hash, halfHash(alg, asked.accessToken))) {
    throw invalidToken('the ID token belongs to another access token');
  }
}

/** For us alone, or for us as the party that asked for it. */
function checkAudience(claims: JsonObject, clientId: string): void {
  const audiences = audiencesOf(claims);
  const { azp } = claims;
  const isMeant = audiences.includes(clientId) && (audiences.length === 1 || azp === clientId);
  if (!isMeant || (azp !== undefined && azp !== clientId)) {
    throw new BailiwickError('identity/wrong-audience', {
      message: 'the token is meant for somebody else',
    });
  }
}

function halfHash(alg: string, text: string): string {
  const bits = alg.endsWith('384') ? 'sha384' : alg.endsWith('256') ? 'sha256' : 'sha512';
  const digest = createHash(bits).update(text, 'ascii').digest();
  return digest.subarray(0, digest.length / 2).toString('base64url');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Kinds that a token may say it is of, where it says so: an ID token, a plain JWT, an access token. */
const exchangeable: ReadonlySet<string | undefined> = new Set([undefined, 'jwt', 'at+jwt']);

/** A token that may be exchanged: for one of the audiences that the document names. */
export function checkExchange({ typ, claims }: Signed, audiences: readonly string[]): void {
  if (!exchangeable.has(typ)) throw invalidToken('a token of this kind is not exchanged');
  checkSubject(claims);
  checkBearer(claims);
  if (!audiencesOf(claims).some((one) => audiences.includes(one))) {
    throw new BailiwickError('identity/wrong-audience', {
      message: 'the token is for no audience that may be exchanged',
      suggestedAction: 'name its audience in the document of the provider (`exchangeAudiences`)',
    });
  }
}

/** draft-ietf-oauth-identity-assertion-authz-grant §3.1: made for us, and for nobody beside. */
export function checkIdJag({ typ, claims }: Signed, audience: string): void {
  if (typ !== 'oauth-id-jag+jwt') throw invalidToken('this is no identity assertion');
  checkSubject(claims);
  checkBearer(claims);
  for (const name of ['jti', 'client_id']) {
    const value = claims[name];
    if (typeof value !== 'string' || value === '') throw invalidToken(`it lacks \`${name}\``);
  }
  const audiences = audiencesOf(claims);
  if (audiences.length !== 1 || audiences[0] !== audience) {
    throw new BailiwickError('identity/wrong-audience');
  }
}

/** A token of a workload: for us and nobody beside, made not long ago. */
export function checkWorkload(
  { typ, claims }: Signed,
  { audience, now }: { readonly audience: string; readonly now: number },
): void {
  if (!exchangeable.has(typ)) throw invalidToken('a token of this kind is not of a workload');
  checkSubject(claims);
  checkBearer(claims);
  const audiences = audiencesOf(claims);
  if (audiences.length !== 1 || audiences[0] !== audience) {
    throw new BailiwickError('identity/wrong-audience');
  }
  const issuedAt = timeAt(claims, 'iat') ?? 0;
  if (issuedAt + limits.workloadTokenMs + limits.clockSkewMs <= now) {
    throw invalidToken('the token of a workload is too old');
  }
}

/** INVARIANT: what is bound to a key is worth nothing without a proof of that key, and none is asked for here. */
function checkBearer({ cnf }: JsonObject): void {
  if (cnf !== undefined) throw invalidToken('the token is bound to a key, which nobody proved');
}

const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

/** OpenID Connect Back-Channel Logout 1.0 §2.6, but for whether it was said before. */
export function checkLogout({ typ, claims }: Signed, clientId: string): void {
  if (typ !== undefined && typ !== 'logout+jwt' && typ !== 'jwt') {
    throw invalidToken('this is no logout token');
  }
  if (!audiencesOf(claims).includes(clientId)) throw new BailiwickError('identity/wrong-audience');
  const { events, nonce, sub, sid, jti } = claims;
  const isEvent = isJsonObject(events) && isJsonObject(events[logoutEvent]);
  // An ID token has a nonce: it is no logout, whatever else stands in it.
  if (!isEvent || nonce !== undefined) throw invalidToken('this is no logout token');
  if (!isText(jti) || !(isText(sub) || isText(sid))) {
    throw invalidToken('the logout token does not say who');
  }
}

export function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= 1_024;
}

function timeAt(claims: JsonObject, name: string): number | undefined {
  const seconds = claims[name];
  if (seconds === undefined) return undefined;
  if (typeof seconds !== 'number' || !(seconds > 0 && seconds < 1e11)) {
    throw invalidToken(`\`${name}\` is no time`);
  }
  return Math.trunc(seconds * 1_000);
}
