import { type Act, checkRight, type DeskRecorder } from '#contracts/desk.ts';
import type { HoldBook } from '#contracts/hold-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import type { Actor } from '#kernel/principal.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { madePacks } from './made.ts';
import { duePeriods, type Period, periodOf } from './periods.ts';
import type { EvidencePack, EvidencePolicy } from './policy.ts';
import type { PackDraft } from './pack-draft.ts';
import {
  askedName,
  askedNamed,
  type ListedPacks,
  type PackRetention,
  packsOver,
} from './removing.ts';
import { writePack } from './write-pack.ts';
import { type AskRecords, indexCaughtUp } from './write-report.ts';

/** Where packs lie. Throws where the folder is not there. */
export interface EvidencePlace extends ListedPacks {
  /** It is there no more; what a crash left of it goes with the next. */
  remove(pack: string, period: string): void;
  /** Throws where the place is taken. */
  begin(pack: string, period: string): PackDraft;
}

export interface EvidenceHealth {
  readonly packs: readonly {
    readonly name: string;
    readonly newest: string | undefined;
    /** Ended and not made. */
    readonly due: number;
  }[];
  /** Packs that could not be made, and are tried again; what lies among them and should not. */
  readonly problems: readonly string[];
}

export interface EvidenceParts {
  readonly policy: EvidencePolicy;
  readonly tenant: string;
  readonly writer: string;
  readonly placeAt: (folder: string) => EvidencePlace;
  readonly ask: AskRecords;
  /** Makes a signed note of one line of facts. */
  readonly sign: (facts: string) => string;
  /** The line of facts in such a note; throws where it was not signed here. */
  readonly verify: (note: Uint8Array) => string;
  /** What verify says of the logs now. */
  readonly verdict: () => Promise<JsonObject>;
  /** How long packs are kept; undefined where no document names them: then none goes. */
  readonly retention: () => PackRetention | undefined;
  /** While anything of this tenant is held nothing goes. */
  readonly holds: Pick<HoldBook, 'over'>;
  readonly recorder: Pick<DeskRecorder, 'record'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** A moment, in which the index reads on. */
  readonly rest: () => Promise<void>;
}

export interface MadePack {
  readonly pack: string;
  readonly period: string;
  readonly from: string;
  readonly to: string;
  readonly records: number;
}

export interface PackWish extends Act {
  readonly name: string;
  /** From the beginning of the period that runs, where nothing is said. */
  readonly since: number | undefined;
}

export interface Evidence {
  health(): EvidenceHealth;
  /** One pack for somebody, up to now, on record with who asked. */
  make(wish: PackWish): Promise<MadePack>;
  /** Makes what is due; one run at a time. Nothing waits for it. */
  look(): Promise<void>;
}

/** So many of one pack in one look: a long outage is made up over several. */
const mostAtOnce = 31;
/** One that fails is tried again after so long, and then after twice that. */
const firstPauseMs = 5_000;
const longestPauseMs = 1_800_000;

export function createEvidence(parts: EvidenceParts): Evidence {
  const book = new EvidenceBook(parts);
  let running: Promise<void> | undefined;
  let isAsked = false;
  const look = () => (running ??= book.look().finally(() => (running = undefined)));
  return {
    health: () => book.health(),
    look,
    async make(wish) {
      checkRight(wish, 'auditor');
      // One by one: each reads every log of the tenant.
      if (isAsked) throw busy();
      isAsked = true;
      try {
        await running;
        return await book.makeAsked(wish);
      } finally {
        isAsked = false;
      }
    },
  };
}

interface Pause {
  readonly failures: number;
  readonly until: number;
  readonly why: string;
}

class EvidenceBook {
  readonly #parts: EvidenceParts;
  /** By pack. */
  readonly #paused = new Map<string, Pause>();
  readonly #newest = new Map<string, string>();
  readonly #due = new Map<string, number>();
  readonly #ahead = new Map<string, string>();
  /** On record, and without a name yet: at most one of each pack. */
  readonly #recorded = new Map<string, { readonly period: string; readonly draft: PackDraft }>();

  constructor(parts: EvidenceParts) {
    this.#parts = parts;
  }

  health(): EvidenceHealth {
    return {
      packs: this.#parts.policy.packs.map(({ name }) => ({
        name,
        newest: this.#newest.get(name),
        due: this.#due.get(name) ?? 0,
      })),
      problems: [
        ...[...this.#paused].map(([name, { why }]) => `${name}: ${why}`),
        ...this.#ahead.values(),
      ],
    };
  }

  /** INVARIANT: what is wrong with one pack hides no other. */
  async look(): Promise<void> {
    for (const pack of this.#parts.policy.packs) {
      const pause = this.#paused.get(pack.name);
      if ((pause?.until ?? 0) > this.#parts.clock.monotonic()) continue;
      try {
        await this.#makeDue(pack);
        await this.#removeOver(pack);
        this.#paused.delete(pack.name);
      } catch (fault) {
        this.#pause(pack, fault, (pause?.failures ?? 0) + 1);
      }
    }
  }

  async #makeDue(pack: EvidencePack): Promise<void> {
    const place = this.#parts.placeAt(pack.folder);
    const now = this.#parts.clock.now();
    const { newest, ahead } = madePacks(pack, place, { ...this.#parts, now });
    this.#noteAhead(pack, ahead);
    const made = newest === undefined ? [] : [newest.name];
    const due = duePeriods(pack.every, { made, now, most: mostAtOnce });
    this.#due.set(pack.name, due.length);
    this.#newest.delete(pack.name);
    this.#note(pack, newest?.name);
    for (const [at, period] of due.entries()) {
      await this.#make(pack, place, period);
      this.#note(pack, period.name);
      this.#due.set(pack.name, due.length - at - 1);
    }
  }

  /** INVARIANT: what is on record and got no name is tried again as it is: not made anew, not on record again. */
  async #make(pack: EvidencePack, place: EvidencePlace, period: Period): Promise<void> {
    const earlier = this.#recorded.get(pack.name);
    if (earlier?.period !== period.name || !earlier.draft.isSettled()) {
      this.#recorded.delete(pack.name);
      earlier?.draft.abandon();
      const { draft } = await this.#record(pack, place, period);
      this.#recorded.set(pack.name, { period: period.name, draft });
    }
    this.#recorded.get(pack.name)?.draft.finish();
    this.#recorded.delete(pack.name);
  }

  /** INVARIANT: nothing is on record of which it is known that it cannot be there. */
  async #record(
    pack: EvidencePack,
    place: EvidencePlace,
    period: Period,
    by?: string,
  ): Promise<{ readonly draft: PackDraft; readonly records: number }> {
    await indexCaughtUp(this.#parts.ask, period);
    const draft = place.begin(pack.name, period.name);
    try {
      const keep = () => this.#parts.retention();
      const records = await writePack(pack, period, { ...this.#parts, keep, draft });
      const manifest = draft.files()['pack.json']?.sha256 ?? '';
      const [from, to] = [isoTime(period.from), isoTime(period.to)];
      const asked = by === undefined ? {} : { asked: period.name };
      const details = { pack: pack.name, from, to, manifest, records, ...asked };
      draft.settle();
      await this.#say('log.evidence-made', details, by);
      return { draft, records };
    } catch (fault) {
      draft.abandon();
      throw fault;
    }
  }

  async #say(
    type: 'log.evidence-made' | 'log.evidence-removed',
    details: JsonObject,
    by?: string,
  ): Promise<void> {
    const { tenant, writer, recorder } = this.#parts;
    const actor: Actor =
      by === undefined ? { kind: 'system', name: writer } : { kind: 'human', name: by };
    await recorder.record({ type, tenant, actors: [actor], details });
  }

  /** A look of its own: what is due is made by its time, and counts this one for nothing. */
  async makeAsked({ by, name, since }: PackWish): Promise<MadePack> {
    const pack = this.#parts.policy.packs.find((one) => one.name === name);
    if (pack === undefined || by.tenant !== this.#parts.tenant) throw unknownPack(this.#parts);
    const to = Math.floor(this.#parts.clock.now() / 1_000) * 1_000;
    const from = since ?? periodOf(pack.every, to).from;
    if (from >= to) throw noTime();
    const place = this.#parts.placeAt(pack.folder);
    const asked = place.names(name).filter((one) => askedNamed(one) !== undefined);
    if (asked.length >= mostAsked) throw tooMany(name);
    const period = { name: askedName(to), from, to };
    await this.#untilIndexed(period);
    const { draft, records } = await this.#record(pack, place, period, by.name);
    draft.finish();
    return { pack: name, period: period.name, from: isoTime(from), to: isoTime(to), records };
  }

  /** Whoever asks waits for the index a little; what is due by its time is tried again by itself. */
  async #untilIndexed(period: Period): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await indexCaughtUp(this.#parts.ask, period);
        return;
      } catch (fault) {
        if (tries === mostWaits) throw fault;
        await this.#parts.rest();
      }
    }
  }

  /** INVARIANT: on record before it goes, with the digest of its list; nothing goes while anything is held. */
  async #removeOver(pack: EvidencePack): Promise<void> {
    const { clock, verify, retention, holds, tenant } = this.#parts;
    const kept = retention();
    if (kept?.maximumMs === undefined) return;
    const place = this.#parts.placeAt(pack.folder);
    const newest = this.#newest.get(pack.name);
    const of = { now: clock.now(), newest, retention: kept, verify };
    const over = packsOver(pack, place, of);
    if (over.length === 0) return;
    for (const { name, from, to, manifest } of over) {
      const olderThan = Date.parse(to);
      if ((await holds.over(tenant, { olderThan }, clock.now())).length > 0) continue;
      const details = { pack: pack.name, period: name, from, to, manifest, by: [...kept.by] };
      await this.#say('log.evidence-removed', details);
      place.remove(pack.name, name);
    }
  }

  #noteAhead({ name }: EvidencePack, [first, ...more]: readonly string[]): void {
    this.#ahead.delete(name);
    if (first === undefined) return;
    const others = more.length === 0 ? '' : ` and ${more.length} more`;
    this.#ahead.set(
      name,
      `${name}: \`${first}\`${others} of a period that has not ended: set the clock right, or move it away`,
    );
  }

  #note({ name }: EvidencePack, newest: string | undefined): void {
    if (newest !== undefined) this.#newest.set(name, newest);
  }

  #pause({ name }: EvidencePack, fault: unknown, failures: number): void {
    const pause = Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 10), longestPauseMs);
    const until = this.#parts.clock.monotonic() + pause;
    this.#paused.set(name, { failures, until, why: whyNot(fault) });
  }
}

function whyNot(fault: unknown): string {
  if (fault instanceof BailiwickError) return `${fault.message}; ${fault.suggestedAction}`;
  return fault instanceof Error ? fault.message : String(fault);
}

/** So often is the index waited for. */
const mostWaits = 40;
/** So many that somebody asked for lie in one pack at most. */
const mostAsked = 64;

function unknownPack({ policy }: EvidenceParts): BailiwickError {
  const names = policy.packs.map(({ name }) => `\`${name}\``).join(', ');
  return new BailiwickError('api/not-found', {
    message: names === '' ? 'no pack is set up' : `there is no such pack; there is ${names}`,
    suggestedAction: 'name packs in a file and start with `up --evidence FILE`',
  });
}

function noTime(): BailiwickError {
  return new BailiwickError('api/invalid', {
    message: 'that time has not begun',
    suggestedAction: 'give a `since` that lies before now',
  });
}

function busy(): BailiwickError {
  return new BailiwickError('store/conflict', {
    message: 'a pack that somebody asked for is being made',
    suggestedAction: 'try again when it is there',
  });
}

function tooMany(name: string): BailiwickError {
  return new BailiwickError('store/conflict', {
    message: `${mostAsked} packs of \`${name}\` that somebody asked for lie there`,
    suggestedAction:
      'move some of them away, or let a Retention document of the class `evidence` remove them',
  });
}
