import type { Outbound } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import {
  openCheckpoint,
  type OpenedCheckpoint,
  parseVkey,
  type ReadLogFile,
  witnessedFile,
} from '#tlog/index.ts';
import { createWitnessClient, type WitnessClient, type WitnessWord } from './witness-client.ts';
import type { WitnessPolicy } from './witness-policy.ts';

/** The files of one log, as far as witnessing needs them. */
export interface WitnessedLog {
  readonly tenant: string;
  readonly vkey: string;
  readonly read: ReadLogFile;
  /** Puts the newest cosigned head beside the checkpoint; durable when it resolves. */
  keep(file: string, note: Uint8Array): Promise<void>;
  /** How long it was by all that is known here, signed for or not. */
  reached(): number;
}

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
  /** Witnesses that are away or do not serve a log. */
  readonly problems: readonly string[];
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

  constructor(parts: WitnessingParts, clients: readonly WitnessClient[]) {
    this.#parts = parts;
    this.#clients = clients;
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
      problems: [...this.#problems.values()],
    };
  }

  async look(): Promise<void> {
    if (this.#clients.length === 0) return;
    const away = new Set<WitnessClient>();
    for (const log of this.#parts.logs()) {
      const head = this.#headOf(log);
      if (head !== undefined) await this.#witness(log, head, away);
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
    const witnessedTo = open(log, witnessedFile, this.#clients)?.size ?? 0;
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

  /** All witnesses at once, and one log after the other: one that is away is not waited for twice. */
  async #witness(
    log: WitnessedLog,
    head: OpenedCheckpoint,
    away: Set<WitnessClient>,
  ): Promise<void> {
    const known = this.#logs.get(head.origin);
    if (known === undefined || (known.heard && head.size <= known.witnessedTo)) return;
    const asked = this.#clients.filter((client) => !away.has(client));
    const words = await Promise.all(asked.map((client) => client.ask(head, log.read)));
    for (const [at, client] of asked.entries()) {
      const word = words[at];
      if (word === undefined) continue;
      if (word.kind === 'away') away.add(client);
      this.#note(client.name, head, word);
    }
    known.heard ||= asked.length > 0 && words.every(({ kind }) => kind !== 'away');
    const lines = words.flatMap((word) => (word.kind === 'cosigned' ? [word.lines] : []));
    if (lines.length < this.#parts.policy.quorum) return;
    const note = Buffer.concat([head.note, Buffer.from(lines.join(''), 'utf8')]);
    await log.keep(witnessedFile, note);
    known.witnessedTo = head.size;
    known.since = undefined;
  }

  #note(witness: string, { origin, size }: OpenedCheckpoint, word: WitnessWord): void {
    const key = `${witness} ${origin}`;
    this.#problems.delete(key);
    if (word.kind === 'cosigned') this.#contradictions.delete(key);
    if (word.kind === 'away' || word.kind === 'refused') {
      this.#problems.set(key, `${witness}: ${word.why}`);
    }
    const text = contradictionOf(witness, { origin, size }, word);
    if (text !== undefined) this.#contradictions.set(key, text);
  }
}

/**
 * Before anything is signed again: what a witness remembers of these logs is here. Rejects with
 * `audit/witness-ahead` when one remembers more, or another history. INVARIANT: a witness that is away
 * is not waited for; the looks of the running program find the same and tell it.
 */
export async function askBeforeStart(parts: Pick<WitnessingParts, 'policy' | 'logs' | 'outbound'>) {
  const clients = parts.policy.witnesses.map((place) => createWitnessClient(place, parts.outbound));
  if (clients.length === 0) return;
  const logs = parts.logs();
  const found = await Promise.all(clients.map((client) => contradictionsOf(client, logs)));
  const [first] = found.flat();
  if (first === undefined) return;
  throw new BailiwickError('audit/witness-ahead', { message: first });
}

async function contradictionsOf(
  client: WitnessClient,
  logs: readonly WitnessedLog[],
): Promise<readonly string[]> {
  for (const log of logs) {
    const head = open(log, 'checkpoint');
    if (head === undefined) continue;
    const word = await client.ask(head, log.read);
    if (word.kind === 'away') return [];
    // What was signed and not shown yet is signed again before anything else is.
    if (word.kind === 'ahead' && word.size <= log.reached()) continue;
    const text = contradictionOf(client.name, head, word);
    if (text !== undefined) return [text];
  }
  return [];
}

/** Undefined while a witness and we remember the same. */
function contradictionOf(
  witness: string,
  { origin, size }: { readonly origin: string; readonly size: number },
  word: WitnessWord,
): string | undefined {
  if (word.kind === 'ahead') {
    return `${witness} remembers ${word.size} records of \`${origin}\`, which has ${size}`;
  }
  if (word.kind !== 'contradicts') return undefined;
  return `${witness} remembers another history of \`${origin}\`, up to record ${word.size}`;
}

/** Undefined when it is not there or not what it should be: that is for those who verify to say. */
function open(
  log: WitnessedLog,
  file: string,
  clients: readonly WitnessClient[] = [],
): OpenedCheckpoint | undefined {
  try {
    const bytes = log.read(file);
    const witnesses = clients.map(({ verifier }) => verifier);
    if (bytes === undefined) return undefined;
    return openCheckpoint(bytes, { log: parseVkey(log.vkey), witnesses });
  } catch {
    return undefined;
  }
}
