import { isConfidential, type Labels, noLabels } from '#kernel/label.ts';
import { flowBounds } from './bounds.ts';
import { type Deed, deedOf } from './calls.ts';
import type { Brought } from './door.ts';
import { Filter } from './filter.ts';
import { Guarded } from './guarded.ts';
import { apart, bytesOf } from './held.ts';
import { lettersSent } from './leaking.ts';
import { leavesOf } from './leaves.ts';
import { packed, unpacked } from './packed.ts';
import { Reading } from './reading.ts';
import { selectorsOf } from './selectors.ts';
import { Source, type Told } from './source.ts';
import { exact } from './text-forms.ts';
import { stepsToRead, ToldRuns } from './told-runs.ts';

/** A result as it is kept: in one text, not looked into. */
export interface Kept
  extends Pick<Told, 'target' | 'call' | 'flow' | 'untrusted' | 'at' | 'by' | 'toldAt'> {
  /** What all of it carries. */
  readonly whole: Labels;
  /** The call did something, or told somebody something: no earlier than this. */
  readonly actedFrom: number | undefined;
  readonly text: string;
  /** What it takes in memory. */
  readonly bytes: number;
  /** Where in the text begins what came back. */
  readonly resultAt: number;
  /** INVARIANT: not all of it is known. */
  cut: boolean;
}

const keptBytes = 160;

const justNow = { at: 0, begunAt: 0, by: undefined } as const;

/**
 * What results have brought into one task. A result is only kept when it comes; it is read when somebody asks what acts, each
 * once. INVARIANT: nothing is found, or not found, before all is read (`settle`).
 */
export class TaskIndex {
  readonly #kept: Kept[] = [];
  readonly #filter = new Filter();
  readonly #acts: Kept[] = [];
  readonly #calls = new Set<string>();
  readonly #deeds = new Set<string>();
  /** By what chose them: results of one thing, however many calls read it. */
  readonly #chosen = new Map<string, Kept[]>();
  /** How many were read. */
  #read = 0;
  #bytes = 0;
  #isCut = false;
  #knowsActs = true;
  /** Of results that carry more than everybody may be told. */
  readonly #guarded = new Guarded();
  #guardedTo = 0;
  readonly #runs = new ToldRuns();
  #runsTo = 0;
  #said = '';
  #knowsDeeds = true;
  #isLate = false;
  readonly age: number;

  constructor(age = 0) {
    this.age = age;
  }

  /** INVARIANT: something was not looked into, or is not kept: nothing is surely no stranger's any more. */
  get isCut(): boolean {
    return this.#isCut || this.#isLate;
  }

  get isLate(): boolean {
    return this.#isLate;
  }

  /** It begins here behind things that were told in it, until they are learnt too; what may not be told is not learnt again. */
  beginLate(): void {
    this.#isLate = true;
    this.#guarded.cut();
  }

  catchUp(): void {
    this.#isLate = false;
  }

  /** INVARIANT: something was done of which it is not known what. */
  lose(): void {
    this.cut();
    this.#knowsDeeds = false;
  }

  /** Whether each deed of the task is known. */
  get knowsDeeds(): boolean {
    return this.#knowsDeeds && !this.#isLate;
  }

  /** INVARIANT: nor is it known then what the task itself has done. */
  cut(): void {
    this.#isCut = true;
    this.#knowsActs = false;
    this.#guarded.cut();
  }

  /** The letters of what calls of the task have sent, the last of them. */
  get said(): string {
    return this.#said;
  }

  /** INVARIANT: of all that was told so far. */
  guarded(): Guarded {
    for (; this.#guardedTo < this.#kept.length; this.#guardedTo += 1) {
      const kept = this.#kept[this.#guardedTo];
      if (kept === undefined || !isGuarded(kept)) continue;
      try {
        this.#guarded.learn(toldOf(kept), kept.whole);
      } catch {
        // What could not be looked into is as if it said anything at all.
        this.#guarded.cut();
      }
    }
    return this.#guarded;
  }

  /** Of what was told so far, and not done. Undefined: there was no work left to read it. */
  runs(spend: (steps: number) => boolean): ToldRuns | undefined {
    const hasRoom = () => this.bytes < flowBounds.bytes;
    for (; this.#runsTo < this.#kept.length; this.#runsTo += 1) {
      const kept = this.#kept[this.#runsTo];
      if (kept === undefined || kept.actedFrom !== undefined) continue;
      if (!spend(stepsToRead(kept.text))) return undefined;
      this.#runs.learn(kept, hasRoom);
    }
    return this.#runs;
  }

  /** Whether all that the task did is known. */
  get knowsActs(): boolean {
    return this.#knowsActs && !this.#isLate;
  }

  /** Distinct values that are known. */
  get size(): number {
    return this.#filter.size;
  }

  get bytes(): number {
    return (
      this.#bytes + this.#filter.bytes + this.#guarded.bytes + this.#runs.bytes + this.#said.length
    );
  }

  learn(brought: Brought): void {
    const { flow, target, call, untrusted, whole = noLabels } = brought;
    this.#know(call);
    if (brought.effect !== 'read') for (const deed of [target, deedOf(brought)]) this.#did(deed);
    const { text, resultAt, cut } = packed(brought.arguments, brought.result);
    const bytes = bytesOf(text) + keptBytes;
    if (this.#kept.length >= flowBounds.results || this.bytes + bytes > flowBounds.bytes) {
      this.cut();
      return;
    }
    const acted = brought.effect !== 'read' || flow?.speaks === true;
    if (acted)
      this.#said = (this.#said + lettersSent(brought.arguments)).slice(-flowBounds.saidChars);
    const at = this.#kept.length;
    const { told = justNow } = brought;
    const kept: Kept = {
      target,
      call,
      flow,
      untrusted,
      whole,
      cut,
      text,
      bytes,
      resultAt,
      at,
      by: told.by,
      toldAt: told.at,
      actedFrom: acted ? told.begunAt : undefined,
    };
    this.#kept.push(kept);
    if (acted) this.#acts.push(kept);
    this.#bytes += bytes;
  }

  /** Reads so many characters of what came, and what it has begun with. False: there is more. */
  settle(mostChars = Number.POSITIVE_INFINITY): boolean {
    for (let left = mostChars; this.#read < this.#kept.length; this.#read += 1) {
      const kept = this.#kept[this.#read];
      if (kept === undefined || left <= 0) return false;
      left -= kept.text.length;
      if (!this.#readWhole(kept, this.#read)) kept.cut = true;
      if (kept.cut) this.#isCut = true;
    }
    return true;
  }

  /** By the order in which they came. */
  kept(number: number): Kept | undefined {
    return this.#kept[number];
  }

  all(): Iterable<Kept> {
    return this.#kept;
  }

  *newest(): Generator<Kept> {
    for (let at = this.#kept.length - 1; at >= 0; at -= 1) {
      const kept = this.#kept[at];
      if (kept !== undefined) yield kept;
    }
  }

  /** Results in which a value may stand; the key as `Source` has it. */
  placesOf(key: string): readonly Kept[] {
    return this.#filter.placesOf(key).flatMap((number) => this.kept(number) ?? []);
  }

  /** The first result in which a stranger may have written it. */
  strangeOf(skeleton: string): Kept | undefined {
    const number = this.#filter.strangeOf(skeleton);
    return number === undefined ? undefined : this.#kept[number];
  }

  /** The same of a text that grows by a letter with each call. */
  strangeRun(): (letter: number) => Kept | undefined {
    const run = this.#filter.strangeRun();
    return (letter) => {
      const number = run(letter);
      return number === undefined ? undefined : this.#kept[number];
    };
  }

  hasDone(deed: Deed): boolean {
    return this.#deeds.has(deed.target) && this.#deeds.has(deedOf(deed));
  }

  /** Whether this call was learnt. */
  knows(call: string): boolean {
    return this.#calls.has(call);
  }

  /** Calls that did something before that result, at whichever gateway. */
  *actsBefore(source: Told | Source): Generator<Kept> {
    for (const act of this.#acts) if (isBefore(act, source)) yield act;
  }

  /** Results in which a server tells its ids. */
  *issuersOf(server: string): Generator<Kept> {
    for (const kept of this.#kept) {
      if (kept.flow?.ids.length && serverOf(kept.target) === server) yield kept;
    }
  }

  /** Results of strangers, in the order in which they came. */
  *strangers(): Generator<Kept> {
    for (const kept of this.#kept) if (kept.untrusted) yield kept;
  }

  /** All that was read of the thing that this chose. */
  chosenBy(selector: string): readonly Kept[] {
    return this.#chosen.get(exact(selector)) ?? [];
  }

  #choose(kept: Kept, { arguments: asked, flow }: Told): void {
    for (const { text } of selectorsOf(leavesOf(asked).leaves, flow)) {
      const key = exact(text);
      const known = this.#chosen.get(key);
      if (known === undefined) {
        this.#chosen.set(apart(key), [kept]);
        this.#bytes += bytesOf(key) + keptBytes;
      } else if (known.at(-1) !== kept) {
        known.push(kept);
        this.#bytes += 24;
      }
    }
  }

  #readWhole(kept: Kept, number: number): boolean {
    const hasRoom = () => this.size < flowBounds.keys && this.bytes < flowBounds.bytes;
    try {
      const told = toldOf(kept);
      this.#choose(kept, told);
      return new Reading(this.#filter, number, hasRoom).readWhole(told);
    } catch {
      // What could not be looked into is as if it said anything at all.
      return false;
    }
  }

  #know(call: string): void {
    if (this.#calls.has(call)) return;
    // Of more than are kept some are missed in any case.
    if (this.#calls.size >= 2 * flowBounds.results) return;
    this.#calls.add(call);
    this.#bytes += bytesOf(call);
  }

  #did(deed: string): void {
    if (this.#deeds.has(deed)) return;
    if (this.#deeds.size >= flowBounds.deeds || this.bytes >= flowBounds.bytes) {
      this.lose();
      return;
    }
    this.#deeds.add(deed);
    this.#bytes += bytesOf(deed) + keptBytes;
  }
}

function isGuarded({ whole, flow }: Kept): boolean {
  return flow?.labels !== undefined || whole.some(isConfidential);
}

/**
 * INVARIANT: of two gateways whatever may have come first did: a call that began when something was told, or earlier, is
 * before it. What one gateway learnt stands in its own order.
 */
function isBefore(act: Kept, source: Pick<Source, 'at' | 'by' | 'toldAt'>): boolean {
  if (act.at === source.at) return false;
  if (act.by === undefined && source.by === undefined) return act.at < source.at;
  const from = act.actedFrom ?? act.toldAt;
  if (from !== source.toldAt) return from < source.toldAt;
  return act.by !== source.by || act.at < source.at;
}

/** `desk` of `desk/ticket`. */
export function serverOf(target: string): string {
  return target.slice(0, Math.max(0, target.indexOf('/')));
}

export function sourceOf(kept: Kept): Source {
  return new Source(toldOf(kept));
}

function toldOf(kept: Kept): Told {
  const { asked, result } = unpacked(kept.text);
  return { ...kept, arguments: asked, result };
}
