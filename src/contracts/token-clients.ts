import type { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';
import type { EnrolledInstance } from './instance-book.ts';
import type { ProvenKey } from './key-proofs.ts';

/** Where a platform's token for a workload of its own may stand in the place of an assertion. */
export interface WorkloadClient {
  /** `client_id`, where whoever asks says it beside. */
  readonly named: string | undefined;
  /** The key that what is given is bound to, once it is proved. */
  readonly proveKey: () => ProvenKey | undefined;
}

/** How a client says who it is. */
export interface ClientAssertion {
  readonly assertion: string;
  /** Undefined: only enrolled keys speak here. */
  readonly workload?: WorkloadClient;
}

/** Who asks for tokens: agents that prove their key, and what is refused to whom. */
export interface TokenClients {
  /**
   * RFC 7523 client assertion, signed by the enrolled key, or by a platform whose document lets its workloads speak
   * so: then the key that they prove is an instance from there on. INVARIANT: it serves once; a refusal is on record
   * before it is told, and who asks too often is refused before anything is made.
   */
  authenticate(
    ask: ClientAssertion & { readonly rate: 'instance' | 'exchange' },
  ): Promise<EnrolledInstance>;
  /** On record before it is told, repetitions counted. When it cannot be recorded it is a refusal all the same. */
  refuse(refused: RefusedToken): Promise<never>;
}

export interface RefusedToken {
  readonly tenant: string;
  readonly actors: readonly Actor[];
  readonly fault: BailiwickError;
  readonly details?: JsonObject;
  /** Under what repetitions are counted. */
  readonly source: string;
}
