import { setTimeout } from 'node:timers/promises';
import type { Call, HeldApproval, Outcome, Reply, UserAsk } from '#kernel/call.ts';
import { newId } from '#kernel/ids.ts';
import { emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import type { ApprovalGate } from '#planes/approvals/index.ts';
import { pageAskState } from './page-ask.ts';
import type { Pipeline } from './pipeline.ts';
import { refuseWindows, type Release } from './release.ts';
import type { Asks } from './talk/asks.ts';
import { askName } from './user-ask.ts';

/** Clients give a request up after a minute; whoever calls again waits on by the next one. */
const retryWaitMs = 45_000;
const streamWaitMs = limits.askReplyMs;
const firstPauseMs = 100;
const longestPauseMs = 1_000;
/** Waits cost a look each second: so many of one instance, and of all at one gateway. */
const waitsOfOne = 16;
const waitsInAll = 512;

export interface PageWaitParts {
  readonly approvals: Pick<ApprovalGate, 'isPending'>;
  readonly asks: Pick<Asks, 'open'>;
  /** INVARIANT: a stop, a suspension, a revocation, the end of its task and of this gateway end it. */
  readonly mayWait: (by: Principal) => boolean;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

type Held = Extract<Outcome, { kind: 'held' }>;

/** A call that people have to decide, whose client was sent to the page where they do. */
interface Waiting {
  readonly call: Call;
  readonly by: Principal;
  readonly outcome: Held;
}

type Ended = 'decided' | 'declined' | 'time' | 'gone' | 'full';

/**
 * Sends a client that can open a page to where its held call is decided, and waits there with it. INVARIANT: it decides,
 * spends and does nothing: once people have decided, or it may not wait any more, the same call walks the path again from
 * its first stage, is counted and judged like any other, and the ledger grants once whoever else repeats it.
 */
export function withPages(pipeline: Pipeline, given: PageWaitParts): Pipeline {
  const pages = new PageWaits(pipeline, given);
  return {
    run(call, release = refuseWindows) {
      // On the way of every other call nothing is added.
      if (call.talk?.opensPage !== true && call.pageReply === undefined) {
        return pipeline.run(call, release);
      }
      return pages.run(call, release);
    },
  };
}

class PageWaits {
  readonly #pipeline: Pipeline;
  readonly #parts: Required<PageWaitParts>;
  /** By approval: whose call waits. */
  readonly #waiting = new Map<string, string>();

  constructor(pipeline: Pipeline, parts: PageWaitParts) {
    this.#pipeline = pipeline;
    const pause = (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal });
    this.#parts = { pause, ...parts };
  }

  async run(call: Call, release: Release): Promise<Outcome> {
    let by: Principal | undefined;
    const onIdentified: Call['onIdentified'] = (principal, judgedBy) => {
      by = principal;
      call.onIdentified?.(principal, judgedBy);
    };
    const outcome = await this.#pipeline.run({ ...call, onIdentified }, release);
    if (outcome.kind !== 'held' || by === undefined) return outcome;
    const waiting = { call, by, outcome };
    if (call.pageReply !== undefined) return this.#calledAgain(waiting, call.pageReply, release);
    const { page } = outcome.approval;
    if (page === undefined) return outcome;
    if (call.talk?.asked === 'stream') return this.#inMidCall(waiting, page, release);
    return asking(outcome, { [askName]: { method: 'elicitation/create', params: page } });
  }

  /** INVARIANT: what its client replies is whether it was opened, and nobody's yes. */
  async #calledAgain(waiting: Waiting, reply: JsonObject, release: Release): Promise<Outcome> {
    const given = reply[askName];
    const isOpened = given === undefined || (isJsonObject(given) && given['action'] === 'accept');
    if (!isOpened) return waiting.outcome;
    const ended = await this.#until(waiting, retryWaitMs, new AbortController().signal);
    if (ended === 'time') return asking(waiting.outcome, emptyObject());
    return ended === 'decided' ? this.#again(waiting, release) : waiting.outcome;
  }

  async #inMidCall(waiting: Waiting, page: JsonObject, release: Release): Promise<Outcome> {
    const { outcome, by } = waiting;
    const elicitationId = outcome.approval.approvalId;
    const declined = new AbortController();
    const open = this.#parts.asks.open(by, (reply) => {
      if (!isAccepted(reply)) declined.abort();
    });
    if (open === undefined) return outcome;
    try {
      const params = { ...page, elicitationId };
      await tell(release, { id: open.id, method: 'elicitation/create', params });
      const ended = await this.#until(waiting, streamWaitMs, declined.signal);
      if (ended !== 'decided') return outcome;
      const method = 'notifications/elicitation/complete';
      await tell(release, { method, params: { elicitationId } });
    } catch {
      // Nobody reads any more: nothing is spent for them.
      return outcome;
    } finally {
      open.close();
    }
    return this.#again(waiting, release);
  }

  #again({ call, by, outcome }: Waiting, release: Release): Promise<Outcome> {
    const now = this.#parts.clock.now();
    return this.#pipeline.run(
      {
        ...call,
        id: newId(now),
        receivedAt: now,
        // Its proof is spent; token, enrolment and everything else are judged as they are now.
        proven: by,
        onIdentified: undefined,
        approvalHandle: outcome.approval.handle,
        userReply: undefined,
        pageReply: emptyObject(),
      },
      release,
    );
  }

  /** INVARIANT: one call at a time for each approval, and no longer than its caller. */
  async #until(waiting: Waiting, forMs: number, declined: AbortSignal): Promise<Ended> {
    const { tenant, instance } = waiting.by;
    const [key, owner] = [
      `${tenant} ${waiting.outcome.approval.approvalId}`,
      `${tenant} ${instance}`,
    ];
    if (this.#waiting.has(key) || !this.#hasRoomFor(owner)) return 'full';
    this.#waiting.set(key, owner);
    try {
      return await this.#look(waiting, forMs, declined);
    } finally {
      this.#waiting.delete(key);
    }
  }

  #hasRoomFor(owner: string): boolean {
    if (this.#waiting.size >= waitsInAll) return false;
    const own = [...this.#waiting.values()].filter((one) => one === owner);
    return own.length < waitsOfOne;
  }

  async #look(
    { call, by, outcome }: Waiting,
    forMs: number,
    declined: AbortSignal,
  ): Promise<Ended> {
    const { clock, mayWait, pause } = this.#parts;
    const until = clock.monotonic() + forMs;
    const signal = AbortSignal.any([call.signal, declined]);
    let pauseMs = firstPauseMs;
    for (;;) {
      if (call.signal.aborted) return 'gone';
      if (declined.aborted) return 'declined';
      // Why it may not is said by the path.
      if (!mayWait(by) || !(await this.#isPending(by, outcome.approval))) return 'decided';
      if (clock.monotonic() >= until) return 'time';
      await pause(pauseMs, signal).catch(() => undefined);
      pauseMs = Math.min(pauseMs * 1.5, longestPauseMs);
    }
  }

  /** Where that cannot be asked it waits on. */
  #isPending({ tenant }: Principal, { handle }: HeldApproval): Promise<boolean> {
    return this.#parts.approvals.isPending(tenant, handle).catch(() => true);
  }
}

function asking(outcome: Held, requests: JsonObject): Outcome {
  const ask: UserAsk = { requests, state: `${pageAskState}${outcome.approval.handle}` };
  return { ...outcome, approval: { ...outcome.approval, ask } };
}

function isAccepted(reply: Reply): boolean {
  return reply.kind === 'result' && reply.result['action'] === 'accept';
}

function tell(release: Release, value: JsonObject): Promise<void> {
  return release({ events: [{ kind: 'fact', value }] });
}
