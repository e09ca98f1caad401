import type { Credential, CredentialAsk, CredentialSource } from '#contracts/credential-source.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Clock } from '#kernel/time.ts';
import { type Answer, faultToRefusal, Flight } from './flight.ts';

export interface Borrower<Ask = CredentialAsk> {
  /** INVARIANT: it never throws and never rejects. */
  borrow(ask: Ask): Answer | Promise<Answer>;
}

export interface BorrowerParts<Ask = CredentialAsk> {
  readonly source: CredentialSource<Ask>;
  /** Who asks the same is given the same. INVARIANT: what makes a difference to the source stands in it. */
  readonly keyOf: (ask: Ask) => string;
  readonly clock: Clock;
  readonly limits: { readonly credentialWaitMs: number; readonly credentialsKept: number };
}

interface Kept {
  readonly credential: Credential;
  readonly until: number;
}

/**
 * Asks a source: once for all who ask the same meanwhile, within a bound, and not again for as long
 * as the source says that its answer may be lent again.
 */
export function createBorrower<Ask extends { readonly signal: AbortSignal }>({
  source,
  keyOf,
  clock,
  limits,
}: BorrowerParts<Ask>): Borrower<Ask> {
  const flights = new Map<string, Flight>();
  const kept = new KeptCredentials(clock, limits.credentialsKept);
  return {
    borrow(ask) {
      if (ask.signal.aborted) return refusal('gateway/cancelled');
      const key = keyOf(ask);
      const known = kept.get(key) ?? flights.get(key)?.join(ask.signal);
      if (known !== undefined) return known;
      const askedAt = clock.monotonic();
      const abort = new AbortController();
      const answer = askSource(source, { ...ask, signal: abort.signal });
      if (!(answer instanceof Promise)) {
        kept.keep(key, answer, askedAt);
        return answer;
      }
      const flight = new Flight(abort, limits.credentialWaitMs, (given) => {
        flights.delete(key);
        if (given !== undefined) kept.keep(key, given, askedAt);
      });
      flights.set(key, flight);
      flight.land(answer);
      return flight.join(ask.signal);
    },
  };
}

function askSource<Ask>(source: CredentialSource<Ask>, ask: Ask): Answer | Promise<Answer> {
  try {
    return source.lend(ask);
  } catch (fault) {
    return faultToRefusal(fault);
  }
}

export function secretKey({ tenant, secret, scope }: CredentialAsk): string {
  return canonicalText([tenant, secret.name, secret.version, scope]);
}

/** INVARIANT: nothing stays beyond what its source said, counted from when it was asked. */
class KeptCredentials {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, most: number) {
    this.#clock = clock;
    this.#most = most;
  }

  get(key: string): Credential | undefined {
    if (this.#kept.size === 0) return undefined;
    this.#forgetOver();
    return this.#kept.get(key)?.credential;
  }

  keep(key: string, answer: Answer, askedAt: number): void {
    if (isRefusal(answer) || !(answer.reusableMs > 0)) return;
    this.#kept.delete(key);
    this.#kept.set(key, { credential: answer, until: askedAt + answer.reusableMs });
    const oldest = this.#kept.keys().next();
    if (this.#kept.size > this.#most && oldest.done !== true) this.#kept.delete(oldest.value);
  }

  #forgetOver(): void {
    const now = this.#clock.monotonic();
    for (const [key, { until }] of this.#kept) if (until <= now) this.#kept.delete(key);
  }
}
