import type { Judged, SubjectClass } from '#contracts/target-judge.ts';
import type { SideEffect } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { exactly } from '#kernel/manifest.ts';
import type { Principal } from '#kernel/principal.ts';
import type { ManifestEntry, ServerEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';
import type { Lender, Loan } from '#planes/credentials/index.ts';
import type { Attempt } from './attempt.ts';
import type { Taken } from './intake.ts';
import { laneOf } from './lanes.ts';
import type { Asking, Exchanging, Subject } from './subject.ts';
import type { Upstreams } from './upstreams.ts';

export interface OfferParts {
  readonly lender: Lender;
  readonly upstreams: Upstreams;
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
  readonly absent?: {
    readonly codes: readonly number[];
    told(): JsonObject | Refusal;
  };
}

/** A resource, a prompt or a list of them, on its way to the tool server that has it. */
export class OfferSubject implements Subject {
  readonly target: Target;
  readonly digest: string;
  readonly manifest: string;
  readonly environment: string;
  readonly subjectClass: SubjectClass;
  readonly questions;
  readonly outsideEnvelope: Refusal | undefined;
  readonly lane: string;
  readonly decided = undefined;
  // Nothing of it is pinned, so there is nothing that could have drifted.
  readonly looksAt = undefined;
  readonly #parts: OfferParts;
  readonly #ask: OfferAsk;

  constructor(parts: OfferParts, principal: Principal, ask: OfferAsk) {
    this.#parts = parts;
    this.#ask = ask;
    const { judged } = ask;
    this.target = judged.target;
    this.digest = judged.digest;
    this.manifest = judged.manifest;
    this.environment = judged.environment;
    this.subjectClass = judged.subjectClass;
    this.questions = judged.questions;
    this.outsideEnvelope = judged.outsideEnvelope;
    this.lane = laneOf(ask.server, principal);
  }

  lend({ principal, call, configuration }: Asking): Loan | Refusal | Promise<Loan | Refusal> {
    const { server, manifest: listed } = this.#ask;
    const { target } = this;
    // To list what a server offers is for whoever may use any of it: that was asked when it was found.
    const manifest = target.name === undefined ? { targets: [exactly(target)] } : listed;
    return this.#parts.lender.lend({
      tenant: principal.tenant,
      callId: call.id,
      owner: server,
      target,
      manifest,
      secrets: configuration.snapshot.tenants[principal.tenant]?.secrets ?? {},
      use: 'header',
      signal: call.signal,
    });
  }

  async exchange(walk: Exchanging, attempt: Attempt): Promise<Taken | Refusal> {
    const { principal, configuration, call, loan } = walk;
    const { snapshot } = configuration;
    const { server, method, params, named } = this.#ask;
    const tool = { id: { server: server.name, tool: method }, server, manifest: this.#lending };
    const upstream = await this.#parts.upstreams.open({ principal, tool, snapshot });
    if (isRefusal(upstream)) return upstream;
    attempt.leaves(upstream.environment.leases);
    const taken = await upstream.exchange({
      callId: call.id,
      method,
      params,
      named,
      lent: loan.lent,
      timeoutMs: server.timeoutMs,
      resultBytes: server.resultBytes,
      signal: call.signal,
      trace: call.trace,
    });
    return this.#told(taken);
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
    const { absent } = this.#ask;
    if (absent?.codes.includes(upstreamCode(taken.refusal)) !== true) return taken;
    return takenAs(absent.told(), { effect: 'none', redactions: 0 });
  }

  /** For what its process is lent: this request, to this server, and nothing else. */
  get #lending(): ManifestEntry {
    const { server, method, manifest } = this.#ask;
    return { ...manifest, targets: [exactly(toolTarget({ server: server.name, tool: method }))] };
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
