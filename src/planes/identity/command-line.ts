import { createHash, randomInt } from 'node:crypto';
import { type Act, checkRight } from '#contracts/desk.ts';
import type { SignInRequirement } from '#contracts/sign-in-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newCapability, newId } from '#kernel/ids.ts';
import { limits } from '#kernel/limits.ts';
import type { Person, SignedIn } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApiTokenDesk, NewApiToken } from './token-desk.ts';

/** What a command line says of itself when it asks for its person. */
export interface LoginAsk {
  /** SHA-256 (base64url) of what it alone holds: the challenge of PKCE (RFC 7636). */
  readonly challenge: string;
  /** Where on the person's own machine the browser brings the answer; without it the command line asks for it. */
  readonly redirectUri: string | undefined;
  readonly require: SignInRequirement;
  readonly source: string;
}

export interface LoginRequest extends Omit<LoginAsk, 'source'> {
  readonly id: string;
  /** Both show it, and the person compares: what was begun elsewhere has another. */
  readonly code: string;
  readonly until: number;
}

/** How a command line gets something by which it is a person who signed in in their browser. */
export interface CommandLineDesk {
  begin(ask: LoginAsk): LoginRequest;
  /** Of one that waits for its answer; `identity/login-over`. */
  waiting(id: string): LoginRequest;
  /** Whether this sign-in is as strong and as fresh as was asked for. */
  satisfies(request: Pick<LoginRequest, 'require'>, through: SignedIn): boolean;
  /** By whoever sits at the browser; answers where the browser goes, where it goes somewhere. */
  answer(act: Act & { readonly id: string; readonly agrees: boolean }): string | undefined;
  /**
   * Its token, once; undefined while nobody has answered. INVARIANT: whoever brings a wrong verifier or a wrong
   * code has spent it.
   */
  take(ask: {
    readonly id: string;
    readonly verifier: string;
    readonly code: string | undefined;
  }): Promise<NewApiToken | undefined>;
}

interface Kept {
  readonly request: LoginRequest;
  readonly source: string;
  answer?: { readonly by: Person; readonly codeDigest: string } | 'no';
}

export function createCommandLineDesk({
  tokens,
  clock,
}: {
  readonly tokens: Pick<ApiTokenDesk, 'create'>;
  readonly clock: Clock;
}): CommandLineDesk {
  const kept = createKept(clock);
  const satisfies: CommandLineDesk['satisfies'] = ({ require }, through) =>
    isStrong(require, through, clock.now());
  const waiting = (id: string): Kept => {
    const found = kept.get(id);
    if (found === undefined || found.answer !== undefined) throw over();
    return found;
  };
  return {
    begin: (ask) => kept.put(ask),
    waiting: (id) => waiting(id).request,
    satisfies,
    answer(act) {
      const { by, id, agrees } = act;
      checkRight(act, 'auditor', 'owner');
      const found = waiting(id);
      checkSignedIn(by, (through) => satisfies(found.request, through));
      const code = newCapability() + newCapability();
      found.answer = agrees ? { by, codeDigest: sha256Hex(code) } : 'no';
      const { redirectUri } = found.request;
      if (redirectUri === undefined) return undefined;
      return `${redirectUri}?${agrees ? `code=${code}` : 'error=access_denied'}`;
    },
    async take({ id, verifier, code }) {
      const found = kept.get(id);
      if (found === undefined) throw over();
      const { request, answer } = found;
      if (challengeOf(verifier) !== request.challenge) throw spent(kept, id);
      if (answer === undefined) return undefined;
      kept.drop(id);
      if (answer === 'no') throw new BailiwickError('identity/login-refused');
      if (request.redirectUri !== undefined && sha256Hex(code ?? '') !== answer.codeDigest) {
        throw over();
      }
      return tokens.create({
        by: answer.by,
        name: `command-line-${newId(clock.now()).slice(-12)}`,
        roles: answer.by.roles,
        forMs: limits.personSessionMs,
        ofSession: true,
        attended: true,
        reason: 'agreed to in the browser',
      });
    },
  };
}

function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function over(): BailiwickError {
  return new BailiwickError('identity/login-over');
}

function spent(kept: Pick<ReturnType<typeof createKept>, 'drop'>, id: string): BailiwickError {
  kept.drop(id);
  return over();
}

/** INVARIANT: a browser's own sign-in agrees; what a command line was given makes no other. */
function checkSignedIn({ through }: Person, satisfies: (through: SignedIn) => boolean): void {
  if (through?.kind !== 'session' || through.commandLine !== undefined) {
    throw new BailiwickError('api/forbidden');
  }
  if (!satisfies(through)) throw new BailiwickError('identity/weak-sign-in');
}

/** What is not said is not so; of a clock that is ahead a little is forgiven. */
function isStrong({ acr, maxAgeMs }: SignInRequirement, through: SignedIn, now: number): boolean {
  if (acr.length > 0 && (through.acr === undefined || !acr.includes(through.acr))) return false;
  if (maxAgeMs === undefined) return true;
  const age = through.signedInAt === undefined ? Number.NaN : now - through.signedInAt;
  return age >= -limits.clockSkewMs && age <= maxAgeMs;
}

/** In memory: after a restart the command line begins again. INVARIANT: bounded, in all and for each source. */
function createKept(clock: Clock) {
  const kept = new Map<string, Kept>();
  const forget = (): void => {
    for (const [id, { request }] of kept) {
      if (request.until > clock.now()) return;
      kept.delete(id);
    }
  };
  return {
    get(id: string): Kept | undefined {
      forget();
      return kept.get(id);
    },
    drop: (id: string) => kept.delete(id),
    put({ source, ...ask }: LoginAsk): LoginRequest {
      forget();
      const own = [...kept.values()].filter((one) => one.source === source).length;
      if (kept.size >= limits.loginRequests || own >= limits.loginRequestsPerSource) {
        throw new BailiwickError('identity/too-many-logins', { retryAfter: 60 });
      }
      const id = newCapability();
      const request = { ...ask, id, code: newCode(), until: clock.now() + limits.loginRequestMs };
      kept.set(id, { request, source });
      return request;
    },
  };
}

/** RFC 8628 §6.1: no vowels, so that no word comes of it, and nothing that is read as something else. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ';

function newCode(): string {
  const drawn = Array.from({ length: 8 }, () => letters[randomInt(letters.length)] ?? '').join('');
  return `${drawn.slice(0, 4)}-${drawn.slice(4)}`;
}
