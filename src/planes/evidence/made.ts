import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import { type Period, periodNamed } from './periods.ts';
import type { EvidencePack } from './policy.ts';

export interface NamedPacks {
  /** Of all that lies there, packs or not, but for what is not finished. */
  names(pack: string): readonly string[];
  /** Undefined where there is none that could be one. */
  note(pack: string, period: string): Uint8Array | undefined;
}

export interface MadePacks {
  /** What is due begins behind it. */
  readonly newest: Period | undefined;
  /** What nobody could have made yet. */
  readonly ahead: readonly string[];
}

interface Judge {
  readonly tenant: string;
  readonly now: number;
  /** The line of facts in a note; throws where it was not signed here. */
  readonly verify: (note: Uint8Array) => string;
}

/** So many are read in one look at most. */
const mostNotes = 64;

/**
 * INVARIANT: a name makes no pack. What counts as made has a note that this installation signed, of this very pack and
 * period, and its period has ended. Read from the newest on: older ones change nothing of what is due.
 */
export function madePacks(pack: EvidencePack, place: NamedPacks, judge: Judge): MadePacks {
  const named = place
    .names(pack.name)
    .flatMap((name) => periodNamed(pack.every, name) ?? [])
    .sort((one, other) => other.from - one.from);
  const ahead = named.filter(({ to }) => to > judge.now).map(({ name }) => name);
  const newest = named.slice(ahead.length, ahead.length + mostNotes).find((period) => {
    const note = place.note(pack.name, period.name);
    const told = note === undefined ? {} : signedFacts(note, judge);
    const facts = Object.entries(factsOf(pack, period, judge.tenant));
    return facts.every(([name, value]) => told[name] === value);
  });
  return { newest, ahead };
}

/** Nothing of a note that was not signed here. */
export function signedFacts(note: Uint8Array, { verify }: Pick<Judge, 'verify'>): JsonObject {
  try {
    const told = parseJson(Buffer.from(verify(note)));
    return isJsonObject(told) ? told : {};
  } catch {
    return {};
  }
}

/** What a pack says of itself, in its list and in its note. */
export function factsOf({ name, every }: EvidencePack, { from, to }: Period, tenant: string) {
  const form = 'bailiwick-evidence-pack/1';
  return { form, tenant, pack: name, every, from: isoTime(from), to: isoTime(to) };
}
