import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { KeptHead } from './kept-heads.ts';

export const notedFrom = 'the directory of the logs';
/** People said that a log is to be missed no more, as long as it was then. */
export interface AcceptedLoss {
  readonly origin: string;
  readonly size: number;
  readonly by: string;
  readonly at: string;
}

/** How long a copy of a live log may take. */
const copiedWithinMs = 600_000;
/** Heads of one log that are held against it; of more the newest ones. */
const mostHeads = 10_000;

/**
 * What records say of other logs: that there is one, and how long it was. INVARIANT: the newest word
 * on each log is kept, however many there are.
 */
export class NotedHeads {
  /** By origin, then by size and root: two words on one size are both held against the log. */
  readonly #heads = new Map<string, Map<string, KeptHead>>();
  readonly #accepted: AcceptedLoss[] = [];
  /** What is said of a directory itself, and when. */
  #directories: { readonly head: KeptHead; readonly at: number }[] = [];

  take(record: JsonObject): void {
    const { type, details } = record;
    if (!isJsonObject(details)) return;
    if (type === 'log.missing-accepted') this.#accept(record, details);
    if (type === 'log.opened' && details['is'] === 'directory') this.#add(begun(details['origin']));
    if (type === 'log.directory-head') this.#addDirectory(headOf(details), record['time']);
    if (type !== 'log.directory' || !Array.isArray(details['logs'])) return;
    for (const one of details['logs'] as readonly Json[]) this.#add(headOf(one));
  }

  /** What was accepted to be gone, by whom and when. */
  accepted(): readonly AcceptedLoss[] {
    return this.#accepted;
  }

  #accept({ time, actors }: JsonObject, { origin, noted }: JsonObject): void {
    const [actor] = Array.isArray(actors) ? (actors as readonly Json[]) : [];
    const by = isJsonObject(actor ?? null) ? (actor as JsonObject)['name'] : undefined;
    const texts = [origin, time, by].filter((one) => typeof one === 'string');
    const [log, at, who] = texts;
    if (typeof noted !== 'number' || log === undefined || at === undefined || who === undefined)
      return;
    this.#accepted.push({ origin: log, size: noted, by: who, at });
  }

  heads(): readonly KeptHead[] {
    return [...this.#heads.values()].flatMap((ofOne) => [...ofOne.values()]);
  }

  /**
   * How long directories were. A copy has its directories first, so what was said of one last may be of after that:
   * only what is older by so much is held against it.
   */
  directories(): readonly KeptHead[] {
    const newest = this.#directories.at(-1)?.at ?? 0;
    return this.#directories
      .filter(({ at }) => at <= newest - copiedWithinMs)
      .map(({ head }) => head);
  }

  #addDirectory(head: KeptHead | undefined, time: Json | undefined): void {
    const at = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    if (head === undefined || Number.isNaN(at)) return;
    this.#directories.push({ head, at });
    if (this.#directories.length > 2 * mostHeads) {
      this.#directories = this.#directories.slice(-mostHeads);
    }
  }

  #add(head: KeptHead | undefined): void {
    if (head === undefined) return;
    const ofOne = this.#heads.get(head.origin) ?? new Map<string, KeptHead>();
    this.#heads.set(head.origin, ofOne);
    const key = `${head.size} ${Buffer.from(head.root ?? []).toString('hex')}`;
    ofOne.delete(key);
    ofOne.set(key, head);
    const [oldest] = ofOne.keys();
    if (ofOne.size > mostHeads && oldest !== undefined) ofOne.delete(oldest);
  }
}

/** A directory is not written empty: it has a record from its beginning on. */
function begun(origin: Json | undefined): KeptHead | undefined {
  return typeof origin === 'string' ? { origin, size: 1, from: notedFrom } : undefined;
}

function headOf(one: Json): KeptHead | undefined {
  if (!isJsonObject(one)) return undefined;
  const { origin, size, root } = one;
  const isWhole =
    typeof origin === 'string' && typeof size === 'number' && typeof root === 'string';
  return isWhole ? { origin, size, root: Buffer.from(root, 'hex'), from: notedFrom } : undefined;
}

/** An archive may have its directory of before: there only what it has is compared. */
export function headsHeldAgainst(
  { origin, size }: JsonObject,
  heads: readonly KeptHead[],
  isArchived: boolean,
): readonly KeptHead[] {
  const own = heads.filter((head) => head.origin === origin);
  return isArchived ? own.filter((head) => head.size <= Number(size)) : own;
}

/** What people accepted, and the verdict on the log that says so. */
export interface SaidLoss {
  readonly loss: AcceptedLoss;
  readonly status: Json | undefined;
}

/** INVARIANT: as long as it was when it was accepted, and no longer; and believed as the log is that says so. */
export function orAccepted(gone: JsonObject, losses: readonly SaidLoss[]): JsonObject {
  const { log = '', origin = '', count } = gone;
  const said = losses.find(({ loss }) => loss.origin === origin && Number(count) <= loss.size);
  if (said === undefined) return gone;
  const { by, at, size } = said.loss;
  const message = `missing, accepted by ${by} on ${at}: ${size} records`;
  const nowhere = { kind: 'accepted', index: null, count: size, path: null };
  return { log, status: said.status ?? 'consistent', origin, size: null, message, ...nowhere };
}
