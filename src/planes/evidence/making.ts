import type { DeskRecorder } from '#contracts/desk.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { factsOf, madePacks, type NamedPacks } from './made.ts';
import { duePeriods, type Period } from './periods.ts';
import type { EvidencePack, EvidencePolicy } from './policy.ts';
import { type AppendText, type AskRecords, indexCaughtUp, writeReport } from './write-report.ts';

export interface FileFacts {
  readonly sha256: string;
  readonly bytes: number;
}

/** A pack that has no name yet. */
export interface PackDraft {
  readonly append: AppendText;
  /** What was written so far, by its path. */
  files(): Readonly<Record<string, FileFacts>>;
  /** It is whole, on the disk, and its place is free; throws where not. */
  settle(): void;
  /** It is there under its name. Once settled it may be tried again. */
  finish(): void;
  /** False once somebody took away what was settled. */
  isSettled(): boolean;
  abandon(): void;
}

/** Where packs lie. Throws where the folder is not there. */
export interface EvidencePlace extends NamedPacks {
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
  readonly recorder: Pick<DeskRecorder, 'record'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

export interface Evidence {
  health(): EvidenceHealth;
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
  return {
    health: () => book.health(),
    look: () => (running ??= book.look().finally(() => (running = undefined))),
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
      const draft = await this.#record(pack, place, period);
      this.#recorded.set(pack.name, { period: period.name, draft });
    }
    this.#recorded.get(pack.name)?.draft.finish();
    this.#recorded.delete(pack.name);
  }

  /** INVARIANT: nothing is on record of which it is known that it cannot be there. */
  async #record(pack: EvidencePack, place: EvidencePlace, period: Period): Promise<PackDraft> {
    await indexCaughtUp(this.#parts.ask, period);
    const draft = place.begin(pack.name, period.name);
    try {
      const records = await writePack(pack, period, { ...this.#parts, draft });
      const manifest = draft.files()['pack.json']?.sha256 ?? '';
      const [from, to] = [isoTime(period.from), isoTime(period.to)];
      const details = { pack: pack.name, from, to, manifest, records };
      const { tenant, writer, recorder } = this.#parts;
      const actors = [{ kind: 'system', name: writer }] as const;
      draft.settle();
      await recorder.record({ type: 'log.evidence-made', tenant, actors, details });
      return draft;
    } catch (fault) {
      draft.abandon();
      throw fault;
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

const checkedBy = 'bailiwick audit check-bundle FOLDER --keys FILE';

/** Each report a bundle of its own, a list of all files, and a signature over the list. */
async function writePack(
  pack: EvidencePack,
  period: Period,
  parts: EvidenceParts & { readonly draft: PackDraft },
): Promise<number> {
  const { draft, ask, tenant, sign } = parts;
  const told: Record<string, JsonObject> = {};
  let records = 0;
  for (const report of pack.of) {
    const written = await writeReport(report, period, { ask, append: draft.append });
    const files = filesBelow(report, draft.files());
    const form = 'bailiwick-audit-bundle/1';
    const manifest = { form, checkedBy, ...written.page, files };
    draft.append(`${report}/manifest.json`, `${canonicalText(manifest)}\n`);
    told[report] = { records: written.told.records, types: { ...written.told.types } };
    records += written.told.records;
  }
  const facts = factsOf(pack, period, tenant);
  const list = canonicalText({ ...facts, reports: told, files: asJson(draft.files()) });
  draft.append('pack.json', `${list}\n`);
  const digest = sha256Hex(Buffer.from(`${list}\n`));
  draft.append('pack.note', sign(canonicalText({ ...facts, manifest: digest })));
  return records;
}

function filesBelow(folder: string, files: Readonly<Record<string, FileFacts>>): JsonObject {
  const below = Object.entries(files).filter(([path]) => path.startsWith(`${folder}/`));
  return asJson(
    Object.fromEntries(below.map(([path, facts]) => [path.slice(folder.length + 1), facts])),
  );
}

const asJson = (files: Readonly<Record<string, FileFacts>>): JsonObject =>
  Object.fromEntries(Object.entries(files).map(([path, facts]) => [path, { ...facts }]));
