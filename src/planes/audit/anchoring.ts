import type { Outbound } from '#contracts/outbound.ts';
import type { Clock } from '#kernel/time.ts';
import { type OpenedCheckpoint, ownSignatureOnly, sameHash } from '#tlog/index.ts';
import {
  anchorFile,
  anchorFileOf,
  anchoredHead,
  openRekorEntry,
  openTimestamp,
} from '#tlog/anchors/index.ts';
import { type AnchorWord, askAnchor } from './anchor-client.ts';
import type { AnchorPlace, AnchorPolicy } from './anchor-policy.ts';
import { messageOf, open, originOf, type WitnessedLog } from './witnessed-log.ts';

/** One log, as far as anchoring needs it. */
export interface LogToAnchor extends Pick<WitnessedLog, 'tenant' | 'vkey' | 'read' | 'keep'> {
  /** Names of what others outside noted of it, in their order. */
  anchors(): readonly string[];
}

/** How far one log is noted by one place. */
export interface AnchoredTo {
  readonly tenant: string;
  readonly origin: string;
  readonly place: string;
  readonly size: number;
  readonly anchoredTo: number;
  /** As the place says, or as we know it; undefined where nobody does. */
  readonly at: number | undefined;
}

export interface AnchorHealth {
  readonly places: readonly string[];
  readonly logs: readonly AnchoredTo[];
  /** Places that are away, or say what was not asked. */
  readonly problems: readonly string[];
  /** What is kept of a log cannot be used, or cannot be kept. */
  readonly faults: readonly { readonly tenant: string; readonly why: string }[];
  /** By how much a place's clock and ours differed last, the most of all. */
  readonly skewMs: number;
}

export interface Anchoring {
  health(): AnchorHealth;
  /** Asks for what is due; one run at a time. Nothing waits for it. */
  look(): Promise<void>;
}

export interface AnchoringParts {
  readonly policy: AnchorPolicy;
  readonly logs: () => readonly LogToAnchor[];
  readonly outbound: Outbound;
  readonly clock: Clock;
}

/** Off the path: whatever a place does, records go on. */
export function createAnchoring(parts: AnchoringParts): Anchoring {
  const book = new AnchorBook(parts);
  let running: Promise<void> | undefined;
  return {
    health: () => book.health(),
    look: () => (running ??= book.look().finally(() => (running = undefined))),
  };
}

interface Kept {
  readonly tenant: string;
  readonly origin: string;
  readonly place: string;
  size: number;
  to: number;
  at: number | undefined;
}

/** One that does not serve is asked again after so long, and then after twice that. */
const firstPauseMs = 15_000;
const longestPauseMs = 900_000;

interface Pause {
  readonly failures: number;
  readonly until: number;
  readonly why: string;
}

class AnchorBook {
  readonly #parts: AnchoringParts;
  readonly #kept = new Map<string, Kept>();
  /** By place. */
  readonly #paused = new Map<string, Pause>();
  readonly #skew = new Map<string, number>();
  /** By origin. */
  readonly #faults = new Map<string, { readonly tenant: string; readonly why: string }>();

  constructor(parts: AnchoringParts) {
    this.#parts = parts;
  }

  health(): AnchorHealth {
    return {
      places: this.#parts.policy.places.map(({ name }) => name),
      logs: [...this.#kept.values()].map(({ to, ...kept }) => ({ ...kept, anchoredTo: to })),
      problems: [...this.#paused].map(([name, { why }]) => `${name}: ${why}`),
      faults: [...this.#faults.values()],
      skewMs: Math.max(0, ...[...this.#skew.values()].map(Math.abs)),
    };
  }

  /** One place after the other: they share the head that they note. INVARIANT: what is wrong with one hides no other. */
  async look(): Promise<void> {
    const { places } = this.#parts.policy;
    if (places.length === 0) return;
    const logs = this.#parts.logs();
    this.#faults.clear();
    for (const place of places) await this.#askFor(place, logs);
  }

  async #askFor(place: AnchorPlace, logs: readonly LogToAnchor[]): Promise<void> {
    for (const log of logs) {
      const origin = originOf(log);
      try {
        const head = this.#due(place, log);
        if (head !== undefined) await this.#anchor(place, log, head);
      } catch (fault) {
        const why = `what is noted of \`${origin}\`: ${messageOf(fault)}`;
        this.#faults.set(origin, { tenant: log.tenant, why });
      }
    }
  }

  #due(place: AnchorPlace, log: LogToAnchor): OpenedCheckpoint | undefined {
    const head = open(log, 'checkpoint');
    if (head === undefined) return undefined;
    const kept = this.#keptOf(place, log, head.origin);
    kept.size = head.size;
    const { clock, policy } = this.#parts;
    if ((this.#paused.get(place.name)?.until ?? 0) > clock.monotonic()) return undefined;
    const isOver = kept.at === undefined || clock.now() - kept.at >= policy.everyMs;
    // A clock that was ahead once must not keep it from being asked for ever.
    const isAhead = kept.at !== undefined && kept.at - clock.now() > policy.everyMs;
    return head.size > kept.to && (isOver || isAhead) ? head : undefined;
  }

  #keptOf(place: AnchorPlace, log: LogToAnchor, origin: string): Kept {
    const key = `${place.name} ${origin}`;
    const known = this.#kept.get(key) ?? { ...newestOf(place, log), origin };
    this.#kept.set(key, known);
    return known;
  }

  async #anchor(place: AnchorPlace, log: LogToAnchor, head: OpenedCheckpoint): Promise<void> {
    const path = anchoredHead(head.size);
    const message = sentBefore(log, head) ?? ownSignatureOnly(head.note, head.origin);
    const word = await askAnchor(place, message, this.#parts.outbound);
    this.#note(place, word);
    if (word.kind !== 'noted') return;
    // First what it is over: an answer alone says nothing.
    await log.keep(path, message);
    await log.keep(anchorFile(head.size, place.name, place.kind), word.bytes);
    const kept = this.#keptOf(place, log, head.origin);
    kept.to = head.size;
    kept.at = word.at ?? this.#parts.clock.now();
  }

  #note({ name }: AnchorPlace, word: AnchorWord): void {
    const { clock } = this.#parts;
    if (word.kind === 'noted') {
      this.#paused.delete(name);
      if (word.at !== undefined) this.#skew.set(name, word.at - clock.now());
      return;
    }
    const failures = (this.#paused.get(name)?.failures ?? 0) + 1;
    const pause = Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);
    this.#paused.set(name, { failures, until: clock.monotonic() + pause, why: word.why });
  }
}

/** A log of entries says no time: after a start it is asked as soon as there is more. */
function openedAs(
  place: AnchorPlace,
  bytes: Uint8Array,
  message: Uint8Array,
): { readonly isTrusted: boolean; readonly at: number | undefined } {
  return place.kind === 'timestamp'
    ? openTimestamp(bytes, { message }, place.trust)
    : { ...openRekorEntry(bytes, message, [place.log]), at: undefined };
}

/** What another place noted already, where it is the head that we have. */
function sentBefore(log: LogToAnchor, { size, root }: OpenedCheckpoint): Uint8Array | undefined {
  try {
    const sent = open(log, anchoredHead(size));
    return sent?.size === size && sameHash(sent.root, root) ? sent.note : undefined;
  } catch {
    return undefined;
  }
}

/** What an earlier life got. What stands there and does not hold counts for nothing, and is asked for again. */
function newestOf(place: AnchorPlace, log: LogToAnchor): Omit<Kept, 'origin'> {
  const none = { tenant: log.tenant, place: place.name, size: 0, to: 0, at: undefined };
  const newest = log.anchors().findLast((name) => {
    const file = anchorFileOf(name);
    return file !== undefined && file.kind !== 'head' && file.name === place.name;
  });
  const size = newest === undefined ? undefined : anchorFileOf(newest)?.size;
  if (size === undefined) return none;
  try {
    const message = log.read(anchoredHead(size));
    const bytes = log.read(anchorFile(size, place.name, place.kind));
    if (message === undefined || bytes === undefined) return none;
    const { at, isTrusted } = openedAs(place, bytes, message);
    return isTrusted ? { ...none, to: size, at } : none;
  } catch {
    return none;
  }
}
