import type { Content } from '#kernel/call.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Principal } from '#kernel/principal.ts';
import { toolOf, toolTarget } from '#kernel/tool.ts';
import type { Lender, Loan } from '#planes/credentials/index.ts';
import {
  type ResolvedTool,
  threeQuestions,
  type ToolGate,
  type ToolView,
} from '#planes/tools/index.ts';
import type { Acting } from '../action.ts';
import type { Attempt } from '../attempt.ts';
import type { Taken } from '../intake.ts';
import { laneOf } from '../lanes.ts';
import type { Asking, Exchanging, Subject, SubjectClass } from '../subject.ts';
import type { Upstreams } from '../upstreams.ts';

export interface ToolCallParts {
  readonly tools: ToolGate;
  readonly lender: Lender;
  readonly upstreams: Upstreams;
}

/** A tool of a tool server, called by an agent whose manifest lists it. */
export function toolCall(parts: ToolCallParts): Acting {
  return {
    kind: 'tool-call',
    route: 'acting',
    settledAs: 'policy.outcome',
    hidden: 'tools/not-visible',
    sees({ principal, configuration }, { target }) {
      const id = toolOf(target);
      return id !== undefined && configuration.of(parts.tools).sees(principal, id)
        ? target
        : undefined;
    },
    resolve({ principal, configuration }, content) {
      const id = toolOf(content.target);
      if (id === undefined) return refusal('tools/not-visible');
      const view = configuration.of(parts.tools);
      const { quarantine } = parts.tools;
      const tool = view.resolve(principal, id, content.arguments, quarantine);
      return isRefusal(tool) ? tool : new ToolSubject(parts, { principal, view, tool, content });
    },
  };
}

interface Found {
  readonly principal: Principal;
  readonly view: ToolView;
  readonly tool: ResolvedTool;
  readonly content: Content;
}

class ToolSubject implements Subject {
  readonly target;
  readonly digest: string;
  readonly manifest: string;
  readonly environment: string;
  readonly subjectClass: SubjectClass;
  readonly questions;
  readonly outsideEnvelope: Refusal | undefined;
  readonly lane: string;
  readonly decided = undefined;
  readonly looksAt: string;
  readonly #parts: ToolCallParts;
  readonly #view: ToolView;
  readonly #tool: ResolvedTool;
  readonly #content: Content;

  constructor(parts: ToolCallParts, { principal, view, tool, content }: Found) {
    this.#parts = parts;
    this.#view = view;
    this.#tool = tool;
    this.#content = content;
    this.target = toolTarget(tool.id);
    this.digest = tool.pinned.digest;
    this.manifest = tool.manifest.name;
    this.environment = tool.agent.environment;
    this.subjectClass = tool.toolClass;
    this.questions = threeQuestions(tool);
    this.outsideEnvelope = tool.outsideEnvelope;
    this.lane = laneOf(tool.server, principal);
    this.looksAt = tool.server.name;
  }

  lend({ principal, call, configuration }: Asking): Loan | Refusal | Promise<Loan | Refusal> {
    const { server, id, manifest } = this.#tool;
    return this.#parts.lender.lend({
      tenant: principal.tenant,
      callId: call.id,
      owner: server,
      target: toolTarget(id),
      manifest,
      secrets: configuration.snapshot.tenants[principal.tenant]?.secrets ?? {},
      use: 'header',
      signal: call.signal,
    });
  }

  async exchange(walk: Exchanging, attempt: Attempt): Promise<Taken | Refusal> {
    const { principal, configuration, call, loan } = walk;
    const { snapshot } = configuration;
    const { id, server } = this.#tool;
    const upstream = await this.#parts.upstreams.open({ principal, tool: this.#tool, snapshot });
    if (isRefusal(upstream)) return upstream;
    attempt.leaves(upstream.environment.leases);
    return upstream.call({
      callId: call.id,
      tool: id.tool,
      argumentBytes: this.#content.argumentBytes,
      lent: loan.lent,
      timeoutMs: server.timeoutMs,
      resultBytes: server.resultBytes,
      signal: call.signal,
      trace: call.trace,
    });
  }

  fit(result: JsonObject): Buffer | Refusal {
    const misfit = this.#view.checkResult(this.#tool, result);
    if (misfit !== undefined) return misfit;
    const bytes = canonicalBytes(result);
    return bytes.length > this.#tool.server.resultBytes ? refusal('tools/result-too-large') : bytes;
  }
}
