import type { JsonObject } from '#kernel/json/value.ts';
import type { OutboundNetwork } from './outbound.ts';
import { type NamedEntry, section } from './section.ts';

/** Which of its workloads is which agent. */
export interface WorkloadRule {
  readonly agent: string;
  /** `sub`, to the letter; a `*` stands for what has no `/` and no `:` in it. */
  readonly subject: string;
  /** Each must be there and have one of these values; a name that begins with a slash is a way into objects. */
  readonly claims: Readonly<Record<string, readonly string[]>>;
}

/**
 * What a token of a workload does here: let a key in (`enrol`), or stand in the place of a client assertion where
 * tokens are given out (`client`).
 */
export const workloadUses = ['enrol', 'client'] as const;

export type WorkloadUse = (typeof workloadUses)[number];

/** A platform whose word for its own workloads is taken: a cluster, a forge, a cloud; from a document. */
export interface WorkloadIssuerEntry extends NamedEntry {
  readonly issuer: string;
  /** Tokens are for this, and for nothing beside. */
  readonly audience: string;
  /** Where its keys are; from its metadata when it is not said. */
  readonly jwksUri?: string;
  readonly network: OutboundNetwork;
  readonly uses: readonly WorkloadUse[];
  readonly rules: readonly WorkloadRule[];
}

export const workloadIssuers = section<WorkloadIssuerEntry>('workloadIssuers');

export interface WorkloadToken {
  readonly claims: JsonObject;
  readonly expiresAt: number;
  /** What it is known by, so that it serves once. INVARIANT: no other text of the same token has another one. */
  readonly once: string;
}

/** Judges tokens of workloads. INVARIANT: only addresses that the document names are asked. */
export interface WorkloadTokens {
  /** What a token says of its issuer: it proves nothing, and tells which document's keys to judge by. */
  issuerOf(token: string): string | undefined;
  /** Rejects with `identity/…` unless its issuer signed it for us alone, and it is valid now. */
  read(entry: WorkloadIssuerEntry, token: string): Promise<WorkloadToken>;
}
