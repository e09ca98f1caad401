import type { Judged } from '#contracts/target-judge.ts';
import { contentOf, type SideEffect } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { exactly } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ManifestEntry, ServerEntry } from '#kernel/snapshot.ts';
import { traceparentOut } from '#kernel/trace.ts';
import type { Attempt } from './attempt.ts';
import type { Taken } from './intake.ts';
import { JudgedSubject } from './judged-subject.ts';
import { laneOf } from './lanes.ts';
import type { Exchanging } from './subject.ts';
import type { TakenStream } from './taken-stream.ts';
import { asksFor, converse, isTalk, type TalkParts } from './talk/converse.ts';
import type { Upstreams } from './upstreams.ts';

export interface OfferParts {
  readonly upstreams: Upstreams;
  readonly talk: TalkParts;
}

/** What is asked of a tool server about its offers, and who may ask it. */
export interface OfferAsk {
  readonly judged: Judged;
  readonly manifest: ManifestEntry;
  readonly server: ServerEntry;
  readonly method: string;
  /** Canonical bytes of the parameters. */
  readonly params: Buffer;
  /** What of them is repeated in `Mcp-Name`. */
  readonly named: string | undefined;
  /** What the answer is told as, or why it is not told. */
  take(result: JsonObject): JsonObject | Refusal;
  /** Error codes by which its server says that there is nothing, and what that is told as. */
  readonly absent?: readonly Absent[];
}

export interface Absent {
  readonly codes: readonly number[];
  told(): JsonObject | Refusal;
}

/**
 * A resource, a prompt or a list of them, on its way to the tool server that has it. Nothing of it is
 * pinned, so there is nothing that could have drifted, and nothing to look at first.
 */
export class OfferSubject extends JudgedSubject {
  readonly #parts: OfferParts;
  readonly #ask: OfferAsk;

  constructor(parts: OfferParts, principal: Principal, ask: OfferAsk) {
    const { judged, server, manifest: listed } = ask;
    // To list what a server offers is for whoever may use any of it: that was asked when it was found.
    const manifest =
      judged.target.name === undefined ? { targets: [exactly(judged.target)] } : listed;
    super(judged, laneOf(server, principal), { owner: server, manifest });
    this.#parts = parts;
    this.#ask = ask;
  }

  async exchange(walk: Exchanging, attempt: Attempt): Promise<Taken | TakenStream | Refusal> {
    const { principal, configuration, call, loan } = walk;
    const { server, method, params, named } = this.#ask;
    const { talk } = call;
    const asks = talk === undefined ? [] : asksFor(talk, server);
    const need = { principal, server, borrows: this.borrows, configuration, asks };
    const upstream = await this.#parts.upstreams.open(need);
    if (isRefusal(upstream)) return upstream;
    const leaves = () => attempt.leaves(upstream.environment.leases);
    const request = {
      callId: call.id,
      method,
      params,
      named,
      lent: loan.lent,
      timeoutMs: server.timeoutMs,
      resultBytes: server.resultBytes,
      signal: call.signal,
      trace: traceparentOut(walk),
    };
    const content = contentOf(call.action);
    const continued = content?.continued;
    if (content === undefined || !isTalk(call.talk, continued, server)) {
      leaves();
      return this.#told(await upstream.exchange(request));
    }
    return converse(this.#parts.talk, {
      walk,
      server,
      target: this.target,
      isRead: this.subjectClass.effect === 'read',
      argumentBytes: content.argumentBytes,
      continued,
      request,
      upstream,
      leaves,
      told: (taken) => this.#told(taken),
    });
  }

  fit(result: JsonObject): Buffer | Refusal {
    const bytes = canonicalBytes(result);
    return bytes.length > this.#ask.server.resultBytes ? refusal('tools/result-too-large') : bytes;
  }

  #told(taken: Taken): Taken {
    if (taken.kind === 'answer') {
      const { result, redactions } = taken;
      return takenAs(this.#ask.take(result), { effect: 'done', redactions });
    }
    const code = upstreamCode(taken.refusal);
    const absent = this.#ask.absent?.find(({ codes }) => codes.includes(code));
    if (absent === undefined) return taken;
    return takenAs(absent.told(), { effect: 'none', redactions: 0 });
  }
}

function upstreamCode({ details }: Refusal): number {
  const code = details?.['upstreamCode'];
  return typeof code === 'number' ? code : 0;
}

/** A refusal here is in our words: nothing that the server wrote is heard by it. */
function takenAs(
  told: JsonObject | Refusal,
  { effect, redactions }: { readonly effect: SideEffect; readonly redactions: number },
): Taken {
  return isRefusal(told)
    ? { kind: 'failed', refusal: told, effect, heard: false }
    : { kind: 'answer', result: told, redactions };
}
