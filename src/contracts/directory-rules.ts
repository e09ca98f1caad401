import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { entriesOf, section } from './section.ts';

/** What a document says of a directory that provisions people here. */
export interface DirectoryEntry {
  readonly name: string;
  /** Whose sign-ins its people have; undefined: not said. */
  readonly issuer?: string;
  /** Which of its names that provider calls a person by (`sub`). */
  readonly subject: 'externalId' | 'userName' | 'email';
  /** How long an agent goes on whose owner is not there any more. */
  readonly ownerGraceMs: number;
  /** Whether each agent must have a date of review. */
  readonly reviewRequired: boolean;
  /** How long an agent that is overdue for review may still read. */
  readonly reviewGraceMs: number;
}

export const directories = section<DirectoryEntry>('directories');

export type DirectoryRules = Pick<
  DirectoryEntry,
  'ownerGraceMs' | 'reviewRequired' | 'reviewGraceMs'
> & {
  /** Those that say whose sign-ins their people have. */
  readonly signIns: readonly (Pick<DirectoryEntry, 'subject'> & { readonly issuer: string })[];
};

const day = 86_400_000;
export const usualOwnerGraceMs = 7 * day;
export const usualReviewGraceMs = 14 * day;

/** INVARIANT: of several documents the strictest word holds. */
export function directoryRules(tenant: TenantSnapshot | undefined): DirectoryRules {
  const all = Object.values(entriesOf(tenant, directories));
  const least = (values: readonly number[], usual: number) =>
    values.length === 0 ? usual : Math.min(...values);
  return {
    ownerGraceMs: least(
      all.map(({ ownerGraceMs }) => ownerGraceMs),
      usualOwnerGraceMs,
    ),
    reviewRequired: all.some(({ reviewRequired }) => reviewRequired),
    reviewGraceMs: least(
      all.map(({ reviewGraceMs }) => reviewGraceMs),
      usualReviewGraceMs,
    ),
    signIns: all.flatMap(({ issuer, subject }) =>
      issuer === undefined ? [] : [{ issuer, subject }],
    ),
  };
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: day };

/** `0`, `30m`, `8h`, `7d`; undefined of anything else. */
export function durationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const ms = unitMs[unit];
  return count === undefined || ms === undefined ? undefined : Number(count) * ms;
}
