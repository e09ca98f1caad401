import { type GatewayOutflow, type Moved, usualBulk } from '#contracts/outflow-book.ts';
import { contentOf, type Outcome } from '#kernel/call.ts';
import type { BulkFacts } from '#kernel/decision.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, emptyObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isConfidential, type Labels } from '#kernel/label.ts';
import { targetText } from '#kernel/target.ts';
import type { FlowBulk } from '#kernel/tool.ts';
import type { Clock } from '#kernel/time.ts';
import { acts, boundsOver, bulkFacts, rowsAt, rowsIn, waysOf } from '#planes/flow/index.ts';
import type { KeyedDigest } from './keyed-digest.ts';
import { bodyOf } from './object-names.ts';
import type { Lent, Resolved } from './progress.ts';
import { didNothing, isOfCounted } from './task-amounts.ts';
import { createDeclares } from './task-flow.ts';
import { remember } from './task-words.ts';

/**
 * How much goes out, by call and within a window. INVARIANT: it is counted in the book of all gateways before it is judged,
 * so what several send at once each of them knows, but the first; what turns out not to have happened is given back.
 */
export interface OutflowKeeper {
  /** Undefined: nothing is counted, which costs nothing. */
  take(walk: Resolved, labels: Labels): Promise<BulkFacts | Refusal> | undefined;
  /** INVARIANT: before a word of a result is told: it is withheld where it has more than was judged. */
  told(walk: Lent, result: JsonObject): Promise<Refusal | undefined> | undefined;
  /** Every call ends here, whatever its exit. */
  leave(call: string, outcome: Outcome | undefined): Promise<void> | undefined;
}

export interface OutflowParts {
  readonly book: GatewayOutflow;
  readonly keyed: KeyedDigest;
  readonly clock: Pick<Clock, 'now'>;
}

interface Taken {
  readonly tenant: string;
  readonly keys: readonly string[];
  readonly moved: Moved;
  readonly slot: number;
}

type Size = Pick<Moved, 'rows' | 'bytes'>;
const nothing: Size = { rows: 0, bytes: 0 };

export function createOutflow(parts: OutflowParts): OutflowKeeper {
  const keeper = new Keeper(parts);
  const declares = createDeclares();
  return {
    take(walk, labels) {
      const { subject, configuration, principal } = walk;
      if (subject.target.kind !== 'tool' || isOfCounted(walk)) return undefined;
      const { flow } = subject.subjectClass;
      const carried = labels.filter(isConfidential);
      if (!acts(subject.subjectClass)) {
        const expected = keeper.expected(walk);
        return expected === undefined || flow?.bulk === undefined
          ? undefined
          : keeper.take(walk, { bulk: flow.bulk, size: expected, carried });
      }
      // By default what is confidential counts, of a task that has read some.
      const isCounted = carried.length > 0 && declares(configuration, principal.tenant);
      const bulk = flow?.bulk ?? (isCounted ? usualBulk : undefined);
      if (bulk === undefined) return undefined;
      return keeper.take(walk, { bulk, size: sizeOfCall(walk, bulk), carried });
    },
    told(walk, result) {
      const bulk = walk.subject.subjectClass.flow?.bulk;
      if (bulk === undefined || isOfCounted(walk)) return undefined;
      return keeper.told(walk, bulk, result);
    },
    leave: (call, outcome) => keeper.leave(call, outcome),
  };
}

interface Taking {
  readonly bulk: FlowBulk;
  readonly size: Size;
  readonly carried: Labels;
}

class Keeper {
  readonly #parts: OutflowParts;
  readonly #taken = new Map<string, readonly Taken[]>();
  /** How much a read told that was withheld: whoever asks the same again is judged by that. */
  readonly #withheld = new Map<string, Size>();

  constructor(parts: OutflowParts) {
    this.#parts = parts;
  }

  /** Undefined: only its result says how much it is. */
  expected(walk: Resolved): Size | undefined {
    const before = this.#withheld.get(this.#questionOf(walk));
    if (before !== undefined) return before;
    const at = walk.subject.subjectClass.flow?.bulk?.at;
    const rows = at === undefined ? undefined : rowsAt(argumentsOf(walk), at);
    return rows === undefined ? undefined : { rows, bytes: 0 };
  }

  async take(walk: Resolved, { bulk, size, carried }: Taking): Promise<BulkFacts | Refusal> {
    // A call that was looked for comes a second time.
    await this.#giveBack(walk.call.id);
    const within = await this.#count(walk, bulk, { ...size, calls: 1 });
    if (within === undefined) return refusal('store/unavailable');
    return bulkFacts(bulk, { ...size, within }, carried);
  }

  async told(walk: Lent, bulk: FlowBulk, result: JsonObject): Promise<Refusal | undefined> {
    const isRead = !acts(walk.subject.subjectClass);
    const size = isRead ? sizeOfResult(result, bulk) : rowsToldBy(result, bulk);
    const counted = this.#taken.get(walk.call.id) ?? [];
    const before = counted.reduce((rows, { moved }) => rows + moved.rows, 0);
    const more = {
      rows: Math.max(0, size.rows - before),
      bytes: isRead ? Math.max(0, size.bytes - (walk.flow?.bulk?.bytes ?? 0)) : 0,
      calls: counted.length === 0 ? 1 : 0,
    };
    const within = await this.#count(walk, bulk, more);
    // What acted has happened, and counts for what comes after it.
    if (!isRead) return undefined;
    if (within === undefined) return refusal('store/unavailable');
    const judged = walk.flow?.bulk;
    if (judged !== undefined && size.rows <= judged.rows && size.bytes <= judged.bytes) {
      return undefined;
    }
    const over = boundsOver(bulk, { ...size, within });
    if (over.length === 0) return undefined;
    remember(this.#withheld, this.#questionOf(walk), size);
    await this.#giveBack(walk.call.id);
    return refusal('semantic/bulk-withheld', { details: { ...size, over: [...over] } });
  }

  leave(call: string, outcome: Outcome | undefined): Promise<void> | undefined {
    if (!this.#taken.has(call)) return undefined;
    if (didNothing(outcome)) return this.#giveBack(call);
    this.#taken.delete(call);
    return undefined;
  }

  async #count(walk: Resolved, bulk: FlowBulk, moved: Moved): Promise<Moved | undefined> {
    const { tenant } = walk.principal;
    const keys = this.#keysOf(walk);
    const ask = { tenant, keys, moved, windowMs: bulk.window.ms, now: this.#parts.clock.now() };
    const counted = await this.#parts.book.count(ask).catch(() => undefined);
    if (counted === undefined) return undefined;
    const all = this.#taken.get(walk.call.id) ?? [];
    const taken = { tenant, keys, moved, slot: counted.slot };
    this.#taken.set(walk.call.id, [...all, taken]);
    return counted.within;
  }

  async #giveBack(call: string): Promise<void> {
    const all = this.#taken.get(call) ?? [];
    this.#taken.delete(call);
    // What cannot be given back stays counted: nobody moves more by that.
    await Promise.allSettled(all.map((one) => this.#parts.book.giveBack(one)));
  }

  /** Of an agent and whom it acts for: by tool, and by each kind of way out. Digests: a user is somebody. */
  #keysOf({ principal, subject }: Resolved): readonly string[] {
    const { tenant, agent, user } = principal;
    const who = [agent, user?.issuer ?? '', user?.subject ?? ''];
    const ways = waysOf(subject.subjectClass.flow).map((way) => `way ${way}`);
    return [targetText(subject.target), ...ways].map((what) =>
      this.#parts.keyed(tenant, sha256Hex(JSON.stringify(['outflow', ...who, what]))),
    );
  }

  #questionOf({ principal, subject, argumentsDigest }: Resolved): string {
    const { tenant, agent, user } = principal;
    return [tenant, agent, user?.subject, targetText(subject.target), argumentsDigest].join('\n');
  }
}

function argumentsOf({ call }: Resolved): JsonObject {
  return contentOf(call.action)?.arguments ?? emptyObject();
}

function sizeOfCall(walk: Resolved, { at }: FlowBulk): Size {
  const bytes = contentOf(walk.call.action)?.argumentBytes.length ?? 0;
  return { rows: rowsIn(argumentsOf(walk), at), bytes };
}

/** Said twice, as data and as text, it is the larger of both. */
function sizeOfResult(result: JsonObject, bulk: FlowBulk): Size {
  const { content = null } = result;
  const body = bodyOf(result);
  const within = body === undefined ? undefined : rowsIn(body, bulk.in);
  const isDeclared =
    body !== undefined && bulk.in !== undefined && rowsAt(body, bulk.in) !== undefined;
  const rows = isDeclared ? (within ?? 0) : Math.max(within ?? 0, rowsIn(content));
  return { rows, bytes: canonicalBytes(result).length };
}

/** What a call that acts says of how much it moved. */
function rowsToldBy(result: JsonObject, bulk: FlowBulk): Size {
  const body = bulk.in === undefined ? undefined : bodyOf(result);
  if (body === undefined || bulk.in === undefined) return nothing;
  return { rows: rowsAt(body, bulk.in) ?? 0, bytes: 0 };
}
