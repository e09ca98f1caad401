import type { Outbound } from '#contracts/outbound.ts';
import type { Clock } from '#kernel/time.ts';
import { type OpenedCheckpoint, witnessedFile } from '#tlog/index.ts';
import {
  contradictionOf,
  createWitnessClient,
  damageIn,
  saysWhatItRemembers,
  type WitnessClient,
  type WitnessWord,
} from './witness-client.ts';
import type { WitnessPolicy } from './witness-policy.ts';
import {
  messageOf,
  open,
  originOf,
  type WitnessedLog,
  witnessedSize,
  withoutMark,
} from './witnessed-log.ts';

/** How far one log is witnessed. */
export interface WitnessedTo {
  readonly tenant: string;
  readonly origin: string;
  readonly size: number;
  readonly witnessedTo: number;
  /** For how long there has been something that no quorum saw; 0 when there is nothing. */
  readonly unwitnessedMs: number;
}

export interface WitnessHealth {
  readonly witnesses: readonly string[];
  readonly logs: readonly WitnessedTo[];
  /** What a witness remembers and we do not have: data was put back, or rewritten. */
  readonly contradictions: readonly string[];
  /** What is wrong here: a log that does not hold, is not there any more, or cannot be kept. */
  readonly faults: readonly WitnessFault[];
  /** Witnesses that are away or do not serve a log. */
  readonly problems: readonly string[];
  /** For how long no round over all logs has ended. */
  readonly sinceLookMs: number;
}

export interface WitnessFault {
  /** Undefined when it is not of one log. */
  readonly tenant: string | undefined;
  readonly why: string;
}

export interface Witnessing {
  health(): WitnessHealth;
  /** Asks for what is new; resolves when every witness has answered or was given up. */
  look(): Promise<void>;
}

export interface WitnessingParts {
  readonly policy: WitnessPolicy;
  readonly logs: () => readonly WitnessedLog[];
  readonly outbound: Outbound;
  readonly clock: Pick<Clock, 'monotonic'>;
}

/** Off the path: nothing waits for it, and whatever a witness does, records go on. */
export function createWitnessing(parts: WitnessingParts): Witnessing {
  const clients = parts.policy.witnesses.map((place) => createWitnessClient(place, parts.outbound));
  const book = new WitnessBook(parts, clients);
  let running: Promise<void> | undefined;
  return {
    health: () => book.health(),
    look: () => (running ??= book.look().finally(() => (running = undefined))),
  };
}

interface Kept {
  readonly tenant: string;
  size: number;
  witnessedTo: number;
  /** Since when it is longer than what was witnessed. */
  since: number | undefined;
  /** Whether all witnesses have said what they remember, since this program began. */
  heard: boolean;
}

class WitnessBook {
  readonly #parts: WitnessingParts;
  readonly #clients: readonly WitnessClient[];
  readonly #logs = new Map<string, Kept>();
  /** By witness and origin. */
  readonly #contradictions = new Map<string, string>();
  readonly #problems = new Map<string, string>();
  /** By origin. */
  readonly #faults = new Map<string, WitnessFault>();
  #lookedAt: number;

  constructor(parts: WitnessingParts, clients: readonly WitnessClient[]) {
    this.#parts = parts;
    this.#clients = clients;
    this.#lookedAt = parts.clock.monotonic();
  }

  health(): WitnessHealth {
    const now = this.#parts.clock.monotonic();
    return {
      witnesses: this.#clients.map(({ name }) => name),
      logs: [...this.#logs].map(([origin, { tenant, size, witnessedTo, since }]) => ({
        tenant,
        origin,
        size,
        witnessedTo,
        unwitnessedMs: since === undefined ? 0 : now - since,
      })),
      contradictions: [...this.#contradictions.values()],
      faults: [...this.#faults.values()],
      problems: [...this.#problems.values()],
      sinceLookMs: now - this.#lookedAt,
    };
  }

  /** INVARIANT: what is wrong with one log hides no other, and is told until it is so no more. */
  async look(): Promise<void> {
    if (this.#clients.length === 0) return;
    const away = new Set<WitnessClient>();
    const logs = this.#parts.logs();
    this.#missMissing(new Set(logs.map(originOf)));
    for (const log of logs) {
      const why = await this.#faultOf(log, away);
      if (why === undefined) this.#faults.delete(originOf(log));
      else this.#faults.set(originOf(log), { tenant: log.tenant, why });
    }
    this.#lookedAt = this.#parts.clock.monotonic();
  }

  /** One that is in no round any more is a fault, unless a log of the same writer took its place. */
  #missMissing(present: ReadonlySet<string>): void {
    const writers = new Set([...present].map(withoutMark));
    for (const [origin, { tenant }] of this.#logs) {
      if (present.has(origin)) continue;
      if (writers.has(withoutMark(origin))) this.#forget(origin);
      else
        this.#faults.set(origin, { tenant, why: `\`${origin}\` is shown to no witness any more` });
    }
  }

  #forget(origin: string): void {
    this.#logs.delete(origin);
    this.#faults.delete(origin);
    for (const { name } of this.#clients) {
      this.#contradictions.delete(`${name} ${origin}`);
      this.#problems.delete(`${name} ${origin}`);
    }
  }

  async #faultOf(log: WitnessedLog, away: Set<WitnessClient>): Promise<string | undefined> {
    const origin = originOf(log);
    try {
      const head = this.#headOf(log);
      if (head !== undefined) return await this.#witness(log, head, away);
      return this.#logs.has(origin) ? `\`${origin}\` has no checkpoint any more` : undefined;
    } catch (fault) {
      return `what is kept of \`${origin}\` cannot be used: ${messageOf(fault)}`;
    }
  }

  #headOf(log: WitnessedLog): OpenedCheckpoint | undefined {
    const head = open(log, 'checkpoint');
    if (head === undefined) return undefined;
    const known = this.#logs.get(head.origin) ?? this.#begin(log, head.origin);
    known.size = head.size;
    if (head.size > known.witnessedTo) known.since ??= this.#parts.clock.monotonic();
    return head;
  }

  /** What an earlier life got for it stands beside it. */
  #begin(log: WitnessedLog, origin: string): Kept {
    const witnessedTo = witnessedSize(log, this.#clients);
    const known: Kept = {
      tenant: log.tenant,
      size: 0,
      witnessedTo,
      since: undefined,
      heard: false,
    };
    this.#logs.set(origin, known);
    return known;
  }

  /**
   * All witnesses at once, and one log after the other: one that is away is not waited for twice.
   * Answers what is wrong with the log itself.
   */
  async #witness(
    log: WitnessedLog,
    head: OpenedCheckpoint,
    away: Set<WitnessClient>,
  ): Promise<string | undefined> {
    const known = this.#logs.get(head.origin);
    if (known === undefined || (known.heard && head.size <= known.witnessedTo)) return undefined;
    const asked = this.#clients.filter((client) => !away.has(client));
    // Nobody was asked: what was wrong still is, as far as is known.
    if (asked.length === 0) return this.#faults.get(head.origin)?.why;
    const words = await Promise.all(asked.map((client) => client.ask(head, log.read)));
    for (const [at, client] of asked.entries()) {
      const word = words[at];
      if (word === undefined) continue;
      if (word.kind === 'away') away.add(client);
      this.#note(client.name, head, word);
    }
    known.heard ||= words.every(saysWhatItRemembers);
    const lines = words.flatMap((word) => (word.kind === 'cosigned' ? [word.lines] : []));
    if (lines.length >= this.#parts.policy.quorum) {
      const note = Buffer.concat([head.note, Buffer.from(lines.join(''), 'utf8')]);
      await log.keep(witnessedFile, note);
      known.witnessedTo = head.size;
      known.since = undefined;
    }
    return damageIn(head.origin, words);
  }

  #note(witness: string, { origin, size }: OpenedCheckpoint, word: WitnessWord): void {
    const key = `${witness} ${origin}`;
    this.#problems.delete(key);
    if (word.kind === 'cosigned') this.#contradictions.delete(key);
    if (word.kind === 'away' || word.kind === 'refused' || word.kind === 'unclear') {
      this.#problems.set(key, `${witness}: ${word.why}`);
    }
    const text = contradictionOf(witness, { origin, size }, word);
    if (text !== undefined) this.#contradictions.set(key, text);
  }
}
