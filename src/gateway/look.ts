import type { GatewayCatalogue } from '#contracts/tool-catalogue.ts';
import type { Call } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes, emptyObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { type ToolDefinition, toolTarget } from '#kernel/tool.ts';
import type { ToolGate } from '#planes/tools/index.ts';
import { definitionsIn, listTool } from './actions/refresh.ts';
import type { GatewayState } from './state.ts';
import type { Look, Pipeline } from './pipeline.ts';
import type { ServerStates } from './server-states.ts';
import type { Shown } from './upstreams.ts';

const nothing = emptyObject();

export interface LookParts {
  readonly tools: ToolGate;
  readonly state: Pick<GatewayState, 'configuration'>;
  readonly catalogue: GatewayCatalogue;
  readonly states: Pick<ServerStates, 'looked'>;
  readonly clock: Clock;
}

/**
 * Looks at a tool server now; a refusal when that was not possible. Drift is quarantined inside.
 * Looks at one server that come while one is running are that one.
 */
export function createLook(parts: LookParts): Look {
  const running = new Map<string, Promise<Refusal | undefined>>();
  return (run, tenant, server) => {
    const key = `${tenant}\n${server}`;
    const already = running.get(key);
    if (already !== undefined) return already;
    const look = lookNow(parts, run, tenant, server).finally(() => running.delete(key));
    running.set(key, look);
    return look;
  };
}

async function lookNow(
  parts: LookParts,
  run: Pipeline['run'],
  tenant: string,
  server: string,
): Promise<Refusal | undefined> {
  const outcome = await run(refreshCall(tenant, server, parts.clock.now()));
  if (outcome.kind !== 'result') {
    const { refusal: no } =
      outcome.kind === 'refused' ? outcome : { refusal: refusal('tools/upstream-protocol') };
    parts.states.looked(tenant, server, no);
    return inOurWords(no);
  }
  const definitions = definitionsIn(outcome.result);
  await report(parts, tenant, server, definitions);
  // Last, so that whoever reads of the look finds what it found.
  parts.states.looked(tenant, server, { tools: definitions.length });
  return undefined;
}

/** Whoever waits for the look is told that it failed; what the server wrote of it is on record. */
function inOurWords(no: Refusal): Refusal {
  return no.code === 'tools/upstream-error' ? refusal(no.code) : no;
}

/**
 * Compares what a process shows with the pins before it serves. INVARIANT: what has changed is shut here before
 * a call can leave; control hears of it as of a look. What is as it was approved is told to nobody.
 */
export function createShown(parts: Omit<LookParts, 'states'>): Shown {
  return (tenant, server, definitions) => {
    const view = parts.state.configuration?.of(parts.tools);
    const changed = view?.compare(tenant, server, definitions).changed ?? [];
    if (changed.length > 0) void report(parts, tenant, server, definitions);
  };
}

/** Local quarantine first, at once; then `control` is told, so that every gateway hears of it. */
async function report(
  parts: Omit<LookParts, 'states'>,
  tenant: string,
  server: string,
  definitions: readonly ToolDefinition[],
): Promise<void> {
  const view = parts.state.configuration?.of(parts.tools);
  const changed = view?.compare(tenant, server, definitions).changed ?? [];
  for (const { tool, seen } of changed) {
    if (view !== undefined) parts.tools.quarantine.add(view, tenant, { server, tool }, seen);
  }
  try {
    await tell(parts, { tenant, server }, definitions);
  } catch {
    // Control is away: what is quarantined here stays so; the next look tells it.
  }
}

/** In parts, so that neither control nor the line to it is ever busy with one server for long. */
async function tell(
  { catalogue, clock }: Pick<LookParts, 'catalogue' | 'clock'>,
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
  const id = { server, tool: listTool };
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
    approvalHandle: undefined,
    trace: undefined,
    onIdentified: undefined,
    signal: AbortSignal.timeout(limits.upstreamTimeoutMs),
    action: {
      kind: 'refresh',
      target: toolTarget(id),
      named: `${id.server}.${id.tool}`,
      arguments: nothing,
      argumentBytes: canonicalBytes(nothing),
    },
  };
}
