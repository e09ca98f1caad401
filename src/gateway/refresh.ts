import type { GatewayCatalogue } from '#contracts/tool-catalogue.ts';
import { type Call, contentOf } from '#kernel/call.ts';
import type { Decision } from '#kernel/decision.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes, emptyObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { ManifestEntry, ServerEntry } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { type ToolDefinition, toolTarget } from '#kernel/tool.ts';
import type { Lender } from '#planes/credentials/index.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import type { Pipeline } from './pipeline.ts';
import type { GatewayState } from './state.ts';
import type { Upstreams } from './upstreams.ts';
import type { StageResult, Walk } from './walk.ts';

const listTool = 'tools/list';
const nothing = emptyObject();

/**
 * What the gateway itself asks of tool servers: their list. A call of principal `system/refresh`
 * on the one path, with the fixed manifest and policy below.
 */
export interface Refresh {
  knows(walk: Walk): StageResult;
  decide(walk: Walk): Decision;
  lend(walk: Walk): StageResult;
  forward(walk: Walk): Promise<StageResult>;
  /** Looks at the server now; a refusal when that was not possible. Drift is quarantined inside. */
  recheck(tenant: string, server: string): Promise<Refusal | undefined>;
  /** Late, because the path that it walks is made from the stages that ask it. */
  attach(pipeline: Pipeline): void;
}

export interface RefreshParts {
  readonly state: GatewayState;
  readonly tools: ToolGate;
  readonly lender: Lender;
  readonly upstreams: () => Upstreams;
  readonly catalogue: GatewayCatalogue;
  readonly clock: Clock;
}

export function createRefresh(parts: RefreshParts): Refresh {
  const seen = new Map<string, readonly ToolDefinition[]>();
  const running = new Map<string, Promise<Refusal | undefined>>();
  let pipeline: Pipeline | undefined;
  const look = async (tenant: string, server: string): Promise<Refusal | undefined> => {
    if (pipeline === undefined) return refusal('gateway/not-ready');
    const call = refreshCall(tenant, server, parts.clock.now());
    const outcome = await pipeline.run(call);
    const definitions = seen.get(call.id);
    seen.delete(call.id);
    if (outcome.kind === 'refused') return inOurWords(outcome.refusal);
    if (definitions === undefined) return refusal('tools/upstream-protocol');
    return report(parts, tenant, server, definitions);
  };
  return {
    attach: (path) => void (pipeline = path),
    knows: (walk) => (serverOf(walk) === undefined ? refusal('tools/not-visible') : undefined),
    decide: () => systemDecision,
    lend: (walk) => lendForList(parts, walk),
    async forward(walk) {
      const definitions = await listTools(parts, walk);
      if (isRefusal(definitions)) return definitions;
      seen.set(walk.call.id, definitions);
      walk.effect = 'done';
      walk.result = nothing;
      walk.resultBytes = canonicalBytes(definitions.map(({ name, digest }) => ({ digest, name })));
      return undefined;
    },
    recheck(tenant, server) {
      const key = `${tenant}\n${server}`;
      const already = running.get(key);
      if (already !== undefined) return already;
      const run = look(tenant, server).finally(() => running.delete(key));
      running.set(key, run);
      return run;
    },
  };
}

/** The built-in policy of the system principal: it may list the tools of a configured server. */
const systemDecision: Decision = {
  effect: 'allow',
  rules: ['system/refresh'],
  policyDigest: 'builtin',
  questions: { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false },
  approvalClass: undefined,
  explanation: 'the gateway looks at the list of a configured tool server',
  errors: [],
};

function serverOf(walk: Walk): ServerEntry | undefined {
  const { configuration, call } = walk;
  const target = contentOf(call.action)?.target;
  if (target === undefined) return undefined;
  return configuration?.snapshot.tenants[call.tenant]?.servers[target.owner];
}

function manifestFor(server: string): ManifestEntry {
  return {
    name: 'system/refresh',
    sensitivity: 'internal',
    tools: [{ server, tool: listTool, bounds: {} }],
  };
}

function lendForList({ lender }: RefreshParts, walk: Walk): StageResult {
  const server = serverOf(walk);
  if (server === undefined) return refusal('tools/not-visible');
  const loan = lender.lend({
    tenant: walk.call.tenant,
    callId: walk.call.id,
    server,
    tool: listTool,
    manifest: manifestFor(server.name),
    secrets: walk.configuration?.snapshot.tenants[walk.call.tenant]?.secrets ?? {},
    use: 'header',
  });
  if (isRefusal(loan)) return loan;
  walk.loan = loan;
  return undefined;
}

async function listTools(
  parts: RefreshParts,
  walk: Walk,
): Promise<readonly ToolDefinition[] | Refusal> {
  const server = serverOf(walk);
  if (server === undefined || walk.principal === undefined) return refusal('tools/not-visible');
  const manifest = manifestFor(server.name);
  const upstream = await parts.upstreams().open({
    principal: walk.principal,
    tool: { id: { server: server.name, tool: listTool }, server, manifest },
    snapshot: walk.configuration?.snapshot,
  });
  if (isRefusal(upstream)) return upstream;
  walk.effect = 'unknown';
  return upstream.listTools({
    lent: walk.loan?.lent ?? [],
    signal: AbortSignal.any([walk.call.signal, AbortSignal.timeout(server.timeoutMs)]),
  });
}

/** Whoever waits for the look is told that it failed; what the server wrote of it is on record. */
function inOurWords(no: Refusal): Refusal {
  return no.code === 'tools/upstream-error' ? refusal(no.code) : no;
}

/** Local quarantine first, at once; then `control` is told, so that every gateway hears of it. */
async function report(
  parts: RefreshParts,
  tenant: string,
  server: string,
  definitions: readonly ToolDefinition[],
): Promise<Refusal | undefined> {
  // By the newest, which the calls that come are judged by; the look itself took time.
  const view = parts.state.configuration?.of(parts.tools);
  if (view === undefined) return refusal('gateway/not-ready');
  const { changed } = view.compare(tenant, server, definitions);
  for (const { tool, seen } of changed) {
    parts.tools.quarantine.add(view, tenant, { server, tool }, seen);
  }
  try {
    await tell(parts, { tenant, server }, definitions);
  } catch {
    // Control is away: what is quarantined here stays so; the next look tells it.
  }
  return undefined;
}

/** In parts, so that neither control nor the line to it is ever busy with one server for long. */
async function tell(
  { catalogue, clock }: RefreshParts,
  of: { readonly tenant: string; readonly server: string },
  definitions: readonly ToolDefinition[],
): Promise<void> {
  const now = clock.now();
  const look = newId(now);
  const size = limits.toolsPerReport;
  const shown = definitions.map(({ name }) => name);
  for (let from = 0; ; from += size) {
    const last = from + size >= definitions.length;
    const tools = definitions.slice(from, from + size).map(({ name, digest, definition }) => ({
      ...of,
      tool: name,
      digest,
      definition,
      observedAt: now,
    }));
    await catalogue.report({ ...of, look, tools, shown: last ? shown : undefined, now });
    if (last) return;
  }
}

function refreshCall(tenant: string, server: string, now: number): Call {
  return {
    id: newId(now),
    front: 'internal',
    method: listTool,
    revision: '',
    tenant,
    source: 'internal',
    connection: { id: 'internal', windowStart: 0, callsInWindow: 0 },
    receivedAt: now,
    receivedBytes: 0,
    presented: {
      authorization: undefined,
      dpop: undefined,
      method: 'POST',
      url: '',
      clientCertificate: undefined,
      ambiguous: false,
    },
    action: {
      kind: 'refresh',
      target: toolTarget({ server, tool: listTool }),
      named: `${server}.${listTool}`,
      arguments: nothing,
      argumentBytes: canonicalBytes(nothing),
    },
    approvalHandle: undefined,
    trace: undefined,
    onIdentified: undefined,
    signal: AbortSignal.timeout(limits.upstreamTimeoutMs),
  };
}
