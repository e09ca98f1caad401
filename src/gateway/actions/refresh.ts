import type { SubjectClass } from '#contracts/target-judge.ts';
import type { Decision } from '#kernel/decision.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { noLabels } from '#kernel/label.ts';
import { exactly } from '#kernel/manifest.ts';
import type { ManifestEntry, ServerEntry } from '#kernel/snapshot.ts';
import type { Target } from '#kernel/target.ts';
import { type ToolDefinition, toolTarget } from '#kernel/tool.ts';
import type { Acting } from '../action.ts';
import type { Attempt } from '../attempt.ts';
import type { Taken } from '../intake.ts';
import type { Asking, Borrowing, Exchanging, Subject } from '../subject.ts';
import type { Upstreams } from '../upstreams.ts';

export const listTool = 'tools/list';

export interface RefreshParts {
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
    sees: (walk, { target }) => (serverOf(walk, target) === undefined ? undefined : target),
    resolve(walk, { target }) {
      const server = serverOf(walk, target);
      return server === undefined
        ? refusal('tools/not-visible')
        : new ListSubject(parts, server, target);
    },
  };
}

function serverOf({ configuration, call }: Asking, { owner }: Target): ServerEntry | undefined {
  const servers = configuration.snapshot.tenants[call.tenant]?.servers ?? {};
  return Object.hasOwn(servers, owner) ? servers[owner] : undefined;
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
  readonly borrows: Borrowing;
  readonly #parts: RefreshParts;
  readonly #server: ServerEntry;

  constructor(parts: RefreshParts, server: ServerEntry, target: Target) {
    this.target = target;
    this.borrows = { owner: server, target, manifest: manifestFor(server.name) };
    this.#parts = parts;
    this.#server = server;
  }

  async exchange(walk: Exchanging, attempt: Attempt): Promise<Taken | Refusal> {
    const { principal, configuration, loan, call } = walk;
    const server = this.#server;
    const need = { principal, server, borrows: this.borrows, configuration };
    const upstream = await this.#parts.upstreams.open(need);
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
