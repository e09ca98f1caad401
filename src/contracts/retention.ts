import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { entriesOf, section } from './section.ts';

/** How long records are kept, as one document says. */
export interface RetentionEntry {
  readonly name: string;
  readonly profile: string;
  /** What binds whoever chose it, in words; who relies on it asks a lawyer. */
  readonly basis: string;
  /** Of these classes of logs; undefined is all of them. */
  readonly classes?: readonly string[];
  readonly minimumMs: number;
  /** From then on records go; undefined is never. */
  readonly maximumMs?: number;
  /** So long they stay here; after that the archive alone has them. Undefined is as long as they are kept at all. */
  readonly onlineMs?: number;
}

export const retentions = section<RetentionEntry>('retentions');

export interface EffectiveRetention {
  readonly minimumMs: number;
  readonly maximumMs: number | undefined;
  readonly onlineMs: number | undefined;
  /** The documents that it comes from. */
  readonly of: readonly RetentionEntry[];
}

/**
 * Of one class of logs. INVARIANT: the longest of all that match, in each of its parts; a document can make it
 * longer and never shorter than another one says. Undefined where none matches: then nothing is ever taken away.
 */
export function effectiveRetention(
  tenant: Partial<TenantSnapshot> | undefined,
  retention: string,
): EffectiveRetention | undefined {
  const of = Object.values(entriesOf(tenant, retentions)).filter(
    ({ classes }) => classes === undefined || classes.includes(retention),
  );
  if (of.length === 0) return undefined;
  return {
    minimumMs: Math.max(...of.map(({ minimumMs }) => minimumMs)),
    maximumMs: longest(of.map(({ maximumMs }) => maximumMs)),
    onlineMs: longest(of.map(({ onlineMs }) => onlineMs)),
    of,
  };
}

/** What one of them does not bound is not bounded. */
function longest(times: readonly (number | undefined)[]): number | undefined {
  const bounded = times.filter((one) => one !== undefined);
  return bounded.length === times.length ? Math.max(...bounded) : undefined;
}
