import { AsyncLocalStorage } from 'node:async_hooks';
import type { Outbox, OutboxDraft } from '#contracts/outbox.ts';
import type { OwedKind } from '#contracts/owed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import type { Reaction } from './reaction.ts';

export interface WiringParts {
  readonly outbox: Outbox;
  readonly reactions: readonly Reaction[];
  readonly clock: Clock;
  /** Told of a reaction that could not be done; it is tried again. */
  readonly onFault: (kind: string, fault: unknown) => void;
}

export interface Wiring {
  /** Resolves after what an earlier life owed was tried; from then on it goes by itself. */
  start(): Promise<void>;
  /** Does what is owed by now; rejects when something of this kind could not be done. */
  settle(kind: OwedKind): Promise<void>;
  /** Kinds that could not be done at the last try: these are red. */
  failing(): readonly string[];
  /** Ends after the round that runs; what is still owed is done after the next start. */
  stop(): Promise<void>;
}

const atOnce = 256;
const firstRetryMs = 500;
const lastRetryMs = 30_000;
const lookMs = 1_000;

/** Drains the outbox: at once when something was put, at start, and now and then in any case. */
export function createWiring(parts: WiringParts): Wiring {
  const rounds = new Rounds(parts);
  let stopListening = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      stopListening = parts.outbox.onPut(() => void rounds.run());
      timer = setInterval(() => void rounds.run(), lookMs);
      return rounds.run().then(() => undefined);
    },
    async settle(kind) {
      if (rounds.isReacting())
        throw new Error(`a reaction waits for \`${kind}\`, and so for itself`);
      const faults = await rounds.run();
      // What was put a moment ago may have been tried, and put off, by the round before.
      const fault = faults.get(kind) ?? rounds.failing.get(kind);
      if (fault !== undefined) throw fault;
    },
    failing: () => [...rounds.failing.keys()],
    async stop() {
      stopListening();
      clearInterval(timer);
      await rounds.end();
    },
  };
}

type Faults = ReadonlyMap<string, Error>;

/** One round at a time; whoever asks during one gets the next, which sees what they put. */
class Rounds {
  /** Set in everything that a reaction does: whoever waited there for a round would wait for ever. */
  readonly #reacting = new AsyncLocalStorage<true>();
  readonly #parts: WiringParts;
  readonly #retryMs = new Map<string, number>();
  readonly failing = new Map<string, Error>();
  #running: Promise<Faults> | undefined;
  #next: Promise<Faults> | undefined;
  #ended = false;

  constructor(parts: WiringParts) {
    this.#parts = parts;
  }

  run(): Promise<Faults> {
    if (this.#ended) return Promise.resolve(this.failing);
    if (this.#running === undefined) {
      this.#running = this.#round().finally(() => (this.#running = undefined));
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      return this.run();
    });
    return this.#next;
  }

  async end(): Promise<void> {
    this.#ended = true;
    await this.#running;
    await this.#next;
  }

  isReacting(): boolean {
    return this.#reacting.getStore() === true;
  }

  async #round(): Promise<Faults> {
    const { outbox, onFault } = this.#parts;
    const faults = new Map<string, Error>();
    try {
      for (;;) {
        const due = await outbox.due(atOnce);
        if (due.length === 0 || this.#ended) break;
        for (const [kind, drafts] of Map.groupBy(due, (draft) => draft.kind)) {
          await this.#react(kind, drafts, faults);
        }
      }
    } catch (fault) {
      // The store does not answer: nothing is known, and the next round asks again.
      for (const { kind } of this.#parts.reactions) faults.set(kind, asError(fault));
      onFault('outbox', fault);
    }
    return faults;
  }

  async #react(
    kind: string,
    drafts: readonly OutboxDraft[],
    faults: Map<string, Error>,
  ): Promise<void> {
    const fault = await this.#attempt(kind, drafts);
    if (fault === undefined) {
      this.#retryMs.delete(kind);
      this.failing.delete(kind);
      return this.#parts.outbox.done(drafts);
    }
    // One that cannot be done must not take the others of its kind with it.
    if (drafts.length > 1) {
      for (const draft of drafts) await this.#react(kind, [draft], faults);
      return;
    }
    faults.set(kind, fault);
    this.failing.set(kind, fault);
    this.#parts.onFault(kind, fault);
    const waitMs = this.#retryMs.get(kind) ?? firstRetryMs;
    this.#retryMs.set(kind, Math.min(lastRetryMs, 2 * waitMs));
    await this.#parts.outbox.defer(drafts, this.#parts.clock.now() + waitMs);
  }

  async #attempt(kind: string, drafts: readonly OutboxDraft[]): Promise<Error | undefined> {
    const reaction = this.#parts.reactions.find((one) => one.kind === kind);
    if (reaction === undefined) return unknownKind(kind);
    try {
      await this.#reacting.run(true, () => reaction.react(drafts));
      return undefined;
    } catch (fault) {
      return asError(fault);
    }
  }
}

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new BailiwickError('gateway/internal');
}

/** Owed by another version: it stays, and is done by the one that knows it. */
function unknownKind(kind: string): BailiwickError {
  return new BailiwickError('gateway/internal', { message: `nothing reacts to \`${kind}\`` });
}
