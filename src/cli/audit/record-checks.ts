import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { PartsTally } from '#kernel/outcome-parts.ts';
import type { LogProblem } from '#tlog/index.ts';
import type { ExplainedHoles } from './gap-claims.ts';
import { PrivacyActs } from './held-erasures.ts';
import { NotedHeads } from './noted-heads.ts';
import { PruneClaims } from './prune-claims.ts';
import { SequenceChecks } from './sequence-checks.ts';

interface OpenCall {
  readonly index: number;
  parts: PartsTally | undefined;
}

/**
 * What the records of one log say about each other, beside their hashes: an intent has an outcome
 * before its writer says that it started again, an outcome names the windows that stand before it,
 * and no number of a session is left out.
 * INVARIANT: it remembers what is open and what `SequenceChecks` does, however long the log is.
 */
export class RecordChecks {
  readonly #open = new Map<string, OpenCall>();
  readonly #sequences = new SequenceChecks();
  /** What it says of other logs. */
  readonly noted = new NotedHeads();
  readonly pruned = new PruneClaims();
  readonly privacy = new PrivacyActs();
  #dangling: LogProblem | undefined;
  #untrue: LogProblem | undefined;

  take(entry: Uint8Array, index: number): void {
    const record = parsed(entry);
    if (record === undefined) return;
    this.#sequences.take(record, index);
    this.noted.take(record);
    this.pruned.take(record);
    this.privacy.take(record);
    const { type, id, intent } = record;
    if (type === 'policy.intent' && typeof id === 'string') {
      this.#open.set(id, { index, parts: undefined });
    }
    if (type === 'policy.outcome-part') this.#window(record);
    if (type === 'policy.outcome' && typeof intent === 'string') {
      this.#outcome(intent, record, index);
    }
    if (type === 'gateway.started') this.#closeLife();
  }

  /** The first of each kind, with how many there are. */
  problems(): readonly LogProblem[] {
    return [this.#dangling, this.#untrue, this.#sequences.hole()].filter(
      (one) => one !== undefined,
    );
  }

  /** Numbers that are missing, and of which the log itself says why. */
  explained(): ExplainedHoles | undefined {
    return this.#sequences.explained();
  }

  #window({ id, intent, part }: JsonObject): void {
    const open = typeof intent === 'string' ? this.#open.get(intent) : undefined;
    if (open === undefined || typeof id !== 'string' || !isJsonObject(part)) return;
    const { bytes, commitment } = part;
    const sha256 = isJsonObject(commitment) ? commitment['sha256'] : undefined;
    if (typeof bytes !== 'number' || typeof sha256 !== 'string') return;
    open.parts ??= new PartsTally();
    open.parts.add(id, { bytes, commitment: { sha256, bytes } });
  }

  /** What was released in windows is all of what the outcome names, and nothing beside it. */
  #outcome(intent: string, { parts }: JsonObject, index: number): void {
    const open = this.#open.get(intent);
    this.#open.delete(intent);
    if (open === undefined) return;
    const released = open.parts?.sum();
    const isTrue =
      released === undefined || !isJsonObject(parts)
        ? released === undefined && parts === undefined
        : Object.entries(released).every(([name, value]) => parts[name] === value);
    if (isTrue) return;
    const count = (this.#untrue?.count ?? 0) + 1;
    const first = this.#untrue?.index ?? index;
    const message = `${count} outcomes name other windows than were released, the first is record ${first}`;
    this.#untrue = { kind: 'outcome-parts', index: first, count, message };
  }

  /** Whoever wrote a start has closed what was open before it; what is open now was never closed. */
  #closeLife(): void {
    for (const { index } of this.#open.values()) {
      const count = (this.#dangling?.count ?? 0) + 1;
      const first = this.#dangling?.index ?? index;
      const message = `${count} intents have no outcome, the first is record ${first}`;
      this.#dangling = { kind: 'dangling-intent', index: first, count, message };
    }
    this.#open.clear();
  }
}

/** What is no record says nothing here; that its bytes are the ones that were logged is checked elsewhere. */
function parsed(entry: Uint8Array): JsonObject | undefined {
  try {
    const value = parseJson(entry);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
