import { toolCallRequest } from '#contracts/tool-server.ts';
import type { Content } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Target } from '#kernel/target.ts';
import { toolTarget } from '#kernel/tool.ts';
import { traceparentOut } from '#kernel/trace.ts';
import {
  type JudgedTool,
  type ResolvedTool,
  type ToolGate,
  toolJudge,
  type ToolView,
} from '#planes/tools/index.ts';
import type { Acting, Aimed } from '../action.ts';
import type { Attempt } from '../attempt.ts';
import type { Taken } from '../intake.ts';
import { JudgedSubject } from '../judged-subject.ts';
import { laneOf } from '../lanes.ts';
import { type BoundedParts, firstPage, isWithin } from '../results/bounded.ts';
import type { Asking, Exchanging, Fitted, Fitting } from '../subject.ts';
import type { TakenStream } from '../taken-stream.ts';
import { marksOf } from '../told-as.ts';
import { asksFor, converse, isTalk, type TalkParts } from '../talk/converse.ts';
import type { Upstreams } from '../upstreams.ts';

export interface ToolCallParts {
  readonly tools: ToolGate;
  readonly upstreams: Upstreams;
  readonly talk: TalkParts;
  readonly pages: BoundedParts;
}

/** A tool of a tool server, called by an agent whose manifest lists it. */
export function toolCall(parts: ToolCallParts): Acting {
  const judge = toolJudge(parts.tools);
  return {
    kind: 'tool-call',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: judge.hidden,
    means: (asked, content) => aimedAt(parts, asked, content),
    sees: (asked, content) => judge.sees(asked, aimedAt(parts, asked, content)),
    complete: (asked, content) =>
      judge.complete?.(asked, aimedAt(parts, asked, content), content.arguments, content.headers) ??
      content.arguments,
    resolve(asked, content) {
      const target = aimedAt(parts, asked, content);
      const found = judge.judge(asked, target, content.arguments);
      if (isRefusal(found)) return found;
      const { principal, configuration } = asked;
      const view = configuration.of(parts.tools);
      return new ToolSubject(parts, { ...found, principal, view, content });
    },
  };
}

/** INVARIANT: what the agent was shown under this name, before what the name says by itself. */
function aimedAt({ tools }: ToolCallParts, asked: Asking, { named, target }: Aimed): Target {
  const id = asked.configuration.of(tools).named(asked.principal, named);
  return id === undefined ? target : toolTarget(id);
}

interface Found extends JudgedTool {
  readonly principal: Principal;
  readonly view: ToolView;
  readonly content: Content;
}

class ToolSubject extends JudgedSubject {
  override readonly looksAt: string;
  readonly #parts: ToolCallParts;
  readonly #view: ToolView;
  readonly #tool: ResolvedTool;
  readonly #content: Content;
  readonly #principal: Principal;

  constructor(parts: ToolCallParts, { judged, principal, view, tool, content }: Found) {
    super(judged, laneOf(tool.server, principal), { owner: tool.server, manifest: tool.manifest });
    this.looksAt = tool.server.name;
    this.#parts = parts;
    this.#view = view;
    this.#tool = tool;
    this.#content = content;
    this.#principal = principal;
  }

  async exchange(walk: Exchanging, attempt: Attempt): Promise<Taken | TakenStream | Refusal> {
    const { principal, configuration, call, loan } = walk;
    const { id, server } = this.#tool;
    const { talk } = call;
    const asks = talk === undefined ? [] : asksFor(talk, server);
    const need = { principal, server, borrows: this.borrows, configuration, asks };
    const upstream = await this.#parts.upstreams.open(need);
    if (isRefusal(upstream)) return upstream;
    const leaves = () => attempt.leaves(upstream.environment.leases);
    const { argumentBytes } = this.#content;
    const invocation = {
      callId: call.id,
      tool: id.tool,
      argumentBytes,
      lent: loan.lent,
      timeoutMs: server.timeoutMs,
      resultBytes: server.resultBytes,
      signal: call.signal,
      trace: traceparentOut(walk),
      mirrored: this.#tool.mirrored,
      mayLeave: () => this.#shut(principal.tenant),
    };
    const { continued } = this.#content;
    if (!isTalk(call.talk, continued, server)) {
      leaves();
      return upstream.call(invocation);
    }
    return converse(this.#parts.talk, {
      walk,
      server,
      target: this.target,
      isRead: this.subjectClass.effect === 'read',
      argumentBytes,
      continued,
      request: toolCallRequest(invocation),
      upstream,
      leaves,
    });
  }

  /** What a process that was started for it shows is otherwise than it was approved. */
  #shut(tenant: string): Refusal | undefined {
    const { id, pinned } = this.#tool;
    const isShut = this.#parts.tools.quarantine.holds(tenant, id, pinned);
    return isShut ? refusal('tools/quarantined') : undefined;
  }

  fit(result: JsonObject, { call, answer: { cut }, attempt }: Fitting): Buffer | Fitted | Refusal {
    const tool = this.#tool;
    const { page = {} } = tool.toolClass;
    const mark = marksOf(tool.toolClass);
    const mostBytes = tool.server.resultBytes;
    const mostRows = page.rows ?? limits.resultPageRows;
    if (cut === undefined) {
      const misfit = this.#view.checkResult(tool, result);
      if (misfit !== undefined) return misfit;
      const told = mark?.(result) ?? result;
      const bytes = canonicalBytes(told);
      const most = { bytes: page.bytes ?? mostBytes, rows: mostRows };
      if (isWithin(result, bytes.length, most)) return { result: told, resultBytes: bytes };
    }
    const { arguments: args, argumentBytes } = this.#content;
    return firstPage(this.#parts.pages, {
      result,
      cut,
      of: {
        principal: this.#principal,
        call: call.id,
        target: this.target,
        arguments: args,
        argumentBytes,
      },
      bounds: { bytes: Math.min(page.bytes ?? limits.resultPageBytes, mostBytes), rows: mostRows },
      mostBytes,
      mark,
      fits: (one) => this.#view.checkResult(tool, one) === undefined,
      attempt,
    });
  }
}
