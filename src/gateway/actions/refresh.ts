import type { SubjectClass } from '#contracts/target-judge.ts';
import type { Content } from '#kernel/call.ts';
import type { Decision } from '#kernel/decision.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { noLabels } from '#kernel/label.ts';
import { exactly } from '#kernel/manifest.ts';
import type { ManifestEntry, ServerEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { type ToolDefinition, toolTarget } from '#kernel/tool.ts';
import type { Lender, Loan } from '#planes/credentials/index.ts';
import type { Acting } from '../action.ts';
import type { Attempt } from '../attempt.ts';
import type { Taken } from '../intake.ts';
import type { Asking, Exchanging, Subject } from '../subject.ts';
import type { Upstreams } from '../upstreams.ts';

export const listTool = 'tools/list';

export interface RefreshParts {
  readonly lender: Lender;
  readonly upstreams: Upstreams;
}

/**
 * What the gateway itself asks of a tool server: its list. Principal `system/refresh`, with the
 * fixed manifest and policy below.
 */
export function refresh(parts: RefreshParts): Acting {
  return {
    kind: 'refresh',
    route: 'asking',
    settledAs: 'policy.outcome',
    hidden: 'tools/not-visible',
    sees: (walk, content) => (serverOf(walk, content) === undefined ? undefined : content.target),
    resolve(walk, content) {
      const server = serverOf(walk, content);
      return server === undefined || content.target === undefined
        ? refusal('tools/not-visible')
        : new ListSubject(parts, server, content.target);
    },
  };
}

function serverOf({ configuration, call }: Asking, { target }: Content): ServerEntry | undefined {
  const servers = configuration.snapshot.tenants[call.tenant]?.servers ?? {};
  if (target === undefined || !Object.hasOwn(servers, target.owner)) return undefined;
  return servers[target.owner];
}

/** It may list the tools of a configured server. */
const systemDecision: Decision = {
  effect: 'allow',
  rules: ['system/refresh'],
  policyDigest: 'builtin',
  questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
  approvalClass: undefined,
  explanation: 'the gateway looks at the list of a configured tool server',
  errors: [],
};

const listClass: SubjectClass = {
  effect: 'read',
  reversible: true,
  sensitivity: 'internal',
  // Definitions are told to nobody before somebody approved them.
  resultLabels: noLabels,
};

class ListSubject implements Subject {
  readonly target: Target;
  readonly digest = undefined;
  readonly manifest = 'system/refresh';
  readonly environment = 'system';
  readonly subjectClass = listClass;
  readonly questions = systemDecision.questions;
  readonly outsideEnvelope = undefined;
  readonly lane = undefined;
  readonly decided = systemDecision;
  readonly looksAt = undefined;
  readonly #parts: RefreshParts;
  readonly #server: ServerEntry;

  constructor(parts: RefreshParts, server: ServerEntry, target: Target) {
    this.target = target;
    this.#parts = parts;
    this.#server = server;
  }

  lend({ principal, call, configuration }: Asking): Loan | Refusal | Promise<Loan | Refusal> {
    return this.#parts.lender.lend({
      tenant: principal.tenant,
      callId: call.id,
      owner: this.#server,
      target: this.target,
      manifest: manifestFor(this.#server.name),
      secrets: configuration.snapshot.tenants[principal.tenant]?.secrets ?? {},
      use: 'header',
      signal: call.signal,
    });
  }

  async exchange(walk: Exchanging, attempt: Attempt): Promise<Taken | Refusal> {
    const { principal, configuration, loan, call } = walk;
    const { snapshot } = configuration;
    const server = this.#server;
    const manifest = manifestFor(server.name);
    const tool = { id: { server: server.name, tool: listTool }, server, manifest };
    const upstream = await this.#parts.upstreams.open({ principal, tool, snapshot });
    if (isRefusal(upstream)) return upstream;
    attempt.leaves();
    const definitions = await upstream.listTools({
      lent: loan.lent,
      signal: AbortSignal.any([call.signal, AbortSignal.timeout(server.timeoutMs)]),
    });
    return isRefusal(definitions)
      ? definitions
      : { kind: 'answer', result: resultOf(definitions), redactions: 0 };
  }

  /** What each tool was, by name and digest: whoever has the definitions can tell. */
  fit(result: JsonObject): Buffer {
    return canonicalBytes(
      definitionsIn(result).map(({ name, digest }): JsonObject => ({ digest, name })),
    );
  }
}

function manifestFor(server: string): ManifestEntry {
  return {
    name: 'system/refresh',
    sensitivity: 'internal',
    targets: [exactly(toolTarget({ server, tool: listTool }))],
  };
}

function resultOf(definitions: readonly ToolDefinition[]): JsonObject {
  return { tools: definitions.map((one): JsonObject => ({ ...one })) };
}

/** What the outcome of a look carries, read back. */
export function definitionsIn({ tools }: JsonObject): readonly ToolDefinition[] {
  return Array.isArray(tools) ? (tools as readonly Json[]).flatMap(definitionOf) : [];
}

function definitionOf(one: Json): readonly ToolDefinition[] {
  if (!isJsonObject(one)) return [];
  const { name, digest, definition } = one;
  if (typeof name !== 'string' || typeof digest !== 'string' || !isJsonObject(definition))
    return [];
  return [{ name, digest, definition }];
}
