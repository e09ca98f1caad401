import { effectiveRetention } from '#contracts/retention.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import { type Period, periodNamed } from './periods.ts';
import { type NamedPacks, signedFacts } from './made.ts';
import type { EvidencePack } from './policy.ts';

/** How long packs are kept, as documents say that name their class. */
export interface PackRetention {
  readonly minimumMs: number;
  readonly maximumMs: number | undefined;
  /** The documents. */
  readonly by: readonly string[];
}

/** The class by which Retention documents name packs. */
const packClass = 'evidence';

/** INVARIANT: only where a document names packs; one over all logs says nothing of them. */
export function packRetention(tenant: TenantSnapshot | undefined): PackRetention | undefined {
  const kept = effectiveRetention(tenant, packClass);
  if (kept?.of.some(({ classes }) => classes?.includes(packClass)) !== true) return undefined;
  const { minimumMs, maximumMs, of } = kept;
  return { minimumMs, maximumMs, by: of.map(({ name }) => name).sort() };
}

export interface ListedPacks extends NamedPacks {
  /** Undefined where it is not there, or too long. */
  list(pack: string, period: string): Uint8Array | undefined;
}

export interface OverPack {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly manifest: string;
}

/** So many are looked at in one look, and so many go in one. */
const mostLooked = 64;

/**
 * Packs whose time is over, oldest first. INVARIANT: only what was signed here goes, by a document that names packs, not
 * before what was promised when it was made, and never the newest: it says what is due.
 */
export function packsOver(
  pack: EvidencePack,
  place: ListedPacks,
  of: {
    readonly now: number;
    readonly newest: string | undefined;
    readonly retention: PackRetention | undefined;
    readonly verify: (note: Uint8Array) => string;
  },
): readonly OverPack[] {
  const { now, newest, retention } = of;
  const longest = Math.max(retention?.maximumMs ?? Infinity, retention?.minimumMs ?? 0);
  return place
    .names(pack.name)
    .flatMap((name) => periodNamed(pack.every, name) ?? askedNamed(name) ?? [])
    .filter(({ name, to }) => name !== newest && to + longest <= now)
    .sort((one, other) => one.to - other.to)
    .slice(0, mostLooked)
    .flatMap((period) => {
      const told = toldOf(pack, period, place, of.verify);
      return told === undefined || Date.parse(told.to) + told.promisedMs > now ? [] : [told];
    });
}

/** Of one that somebody asked for: up to when. */
export function askedNamed(name: string): Period | undefined {
  const [, day = '', hour = '', minute = '', second = ''] =
    /^asked-(\d{4}-\d\d-\d\d)t(\d\d)(\d\d)(\d\d)z$/u.exec(name) ?? [];
  const to = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(to) ? undefined : { name, from: to, to };
}

export function askedName(to: number): string {
  return `asked-${new Date(to).toISOString().slice(0, 19).toLowerCase().replaceAll(':', '')}z`;
}

function toldOf(
  pack: EvidencePack,
  { name }: Period,
  place: ListedPacks,
  verify: (note: Uint8Array) => string,
): (OverPack & { readonly promisedMs: number }) | undefined {
  const note = place.note(pack.name, name);
  const list = place.list(pack.name, name);
  if (note === undefined || list === undefined) return undefined;
  const { pack: of, from, to, manifest } = signedFacts(note, { verify });
  if (of !== pack.name || manifest !== sha256Hex(list)) return undefined;
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  const { keep } = objectIn(list);
  const promised = keep !== undefined && isJsonObject(keep) ? keep['minimumMs'] : undefined;
  return { name, from, to, manifest, promisedMs: typeof promised === 'number' ? promised : 0 };
}

function objectIn(list: Uint8Array): JsonObject {
  const told = parseJson(list);
  return isJsonObject(told) ? told : {};
}
