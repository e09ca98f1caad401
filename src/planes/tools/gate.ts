import type { ArgumentHeaders, ToolPage } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { contradictedHeader } from '#contracts/mirrored.ts';
import { manifestFor } from '#contracts/rights.ts';
import type { ManifestEntry, PinnedTool, TenantSnapshot } from '#kernel/snapshot.ts';
import { visibleText } from '#kernel/text/index.ts';
import { type Clock, systemClock } from '#kernel/time.ts';
import { type ToolId, toolIdText } from '#kernel/tool.ts';
import { type Bounds, compileBounds, type Declared, judgeBounds } from './bounds.ts';
import {
  type CheckCache,
  completeArguments,
  createCheckCache,
  declaredArguments,
  judgeArguments,
  judgeResult,
} from './checks.ts';
import { type CursorScope, makeCursor, readCursor } from './cursor.ts';
import type { ResolvedTool, ToolGate, ToolQuarantine, ToolView } from './door.ts';
import { compareTools } from './drift.ts';
import { unfitness } from './fitness.ts';
import { declaredOf, userRight } from './user-right.ts';
import { own, type Shown, showTool, type Toolset, type ToolsetItem, toolsetOf } from './toolset.ts';

interface State {
  readonly clock: Pick<Clock, 'now'>;
  readonly digest: string;
  readonly tenants: Readonly<Record<string, TenantSnapshot>>;
  readonly checks: CheckCache;
  /** By the right, then by agent; built when it is first asked for, and gone with the right. */
  readonly toolsets: WeakMap<ManifestEntry, Map<string, Toolset>>;
  readonly shown: WeakMap<ToolsetItem, Shown>;
  readonly bounds: WeakMap<ToolsetItem, Bounds>;
}

/** The gateway's half of the tools plane: what is seen, what fits, what has drifted. */
export function createToolGate(clock: Pick<Clock, 'now'> = systemClock): ToolGate {
  const caches = new WeakMap<ToolView, CheckCache>();
  return {
    name: 'tools',
    quarantine: createQuarantine(),
    compile(snapshot, before) {
      const checks = createCheckCache(before === undefined ? undefined : caches.get(before));
      const view = viewOf({
        clock,
        digest: snapshot.digest,
        tenants: snapshot.tenants,
        checks,
        toolsets: new WeakMap(),
        shown: new WeakMap(),
        bounds: new WeakMap(),
      });
      caches.set(view, checks);
      return { kind: 'compiled', view };
    },
  };
}

/** What it keeps it can make again at any time: to those who ask, it never changes. */
function viewOf(state: State): ToolView {
  const { checks } = state;
  const isServed = (
    { tenant }: Principal,
    item: ToolsetItem,
    quarantine: Pick<ToolQuarantine, 'holds'>,
  ): boolean =>
    item.pinned !== undefined &&
    checks.get(item.pinned, item.toolClass.openArguments).kind === 'ready' &&
    unfitnessOf(state, item, item.pinned) === undefined &&
    !quarantine.holds(tenant, item.id, item.pinned);
  return {
    agent(principal) {
      const tenant = own(state.tenants, principal.tenant);
      return tenant === undefined ? undefined : own(tenant.agents, principal.agent);
    },
    page(principal, cursor, quarantine, server) {
      const scope = [state.digest, principal.tenant, principal.agent, server ?? ''];
      const from = cursor === undefined ? 0 : readCursor(cursor, scope);
      if (from === undefined) return refusal('tools/invalid-cursor');
      const toolset = toolsetIn(state, principal);
      if (toolset === undefined) return { tools: [], nextCursor: undefined };
      const isTold = (item: ToolsetItem) => isServed(principal, item, quarantine);
      const serves = (item: ToolsetItem) =>
        (server === undefined ? !toolset.names.clashes(item) : item.id.server === server) &&
        isTold(item);
      const show = server === undefined ? shownAs(state, toolset) : shownByItself;
      return pageOf(toolset.items, from, { serves, show, scope });
    },
    told(principal, quarantine) {
      const items = toolsetIn(state, principal)?.items ?? [];
      const told = items.filter((item) => isServed(principal, item, quarantine));
      return sha256Hex(
        told.map(({ id, pinned }) => `${toolIdText(id)} ${pinned?.digest}`).join('\n'),
      );
    },
    hasPages: (principal) =>
      toolsetIn(state, principal)?.items.some(({ toolClass }) => toolClass.page !== undefined) ??
      false,
    named: (principal, name) => toolsetIn(state, principal)?.names.find(name)?.id,
    sees: (principal, tool) => toolsetIn(state, principal)?.find(tool) !== undefined,
    complete: (principal, tool, args, headers) =>
      completeIn(state, { principal, tool, args }, headers),
    resolve: (principal, tool, args, quarantine) =>
      resolveIn(state, quarantine, { principal, tool, args }),
    checkResult({ pinned, toolClass }: ResolvedTool, result: JsonObject) {
      const ready = checks.get(pinned, toolClass.openArguments);
      return ready.kind === 'unsupported' ? unsupported(ready.reason) : judgeResult(ready, result);
    },
    compare: (tenant, server, seen) => compareTools(server, pinsIn(state, tenant, server), seen),
    pinned: (tenant, { server, tool }) => own(pinsIn(state, tenant, server), tool),
    userRight(tenant, ask) {
      const snapshot = own(state.tenants, tenant);
      return snapshot === undefined
        ? undefined
        : userRight(snapshot, ask, () => declaredOf(checks, snapshot, ask.target));
    },
  };
}

interface Asked {
  readonly principal: Principal;
  readonly tool: ToolId;
  readonly args: JsonObject;
}

function resolveIn(
  state: State,
  quarantine: Pick<ToolQuarantine, 'holds'>,
  { principal, tool, args }: Asked,
): ResolvedTool | Refusal {
  const toolset = toolsetIn(state, principal);
  const item = toolset?.find(tool);
  // INVARIANT: one answer for what is hidden and for what does not exist.
  if (toolset === undefined || item === undefined) return refusal('tools/not-visible');
  const { pinned, toolClass, server, id } = item;
  if (toolset.names.clashes(item)) return refusal('tools/ambiguous-name');
  if (pinned === undefined) return refusal('tools/not-approved');
  if (quarantine.holds(principal.tenant, id, pinned)) return refusal('tools/quarantined');
  const unfit = unfitnessOf(state, item, pinned);
  if (unfit !== undefined) return unfit;
  const ready = state.checks.get(pinned, toolClass.openArguments);
  if (ready.kind === 'unsupported') return unsupported(ready.reason);
  const misfit = judgeArguments(ready, args);
  if (misfit !== undefined) return misfit;
  const outsideEnvelope = judgeBounds(
    boundsIn(state, item, () => declaredArguments(ready, pinned.definition)),
    args,
  );
  const { agent, manifest } = toolset;
  const { isListed } = item;
  const { mirrored } = ready;
  return { id, agent, manifest, server, pinned, toolClass, outsideEnvelope, isListed, mirrored };
}

/** What is not there, or cannot be checked, is refused by `resolve`, in its order and its words. */
function completeIn(
  state: State,
  { principal, tool, args }: Asked,
  headers: ArgumentHeaders | undefined,
): JsonObject | Refusal {
  const item = toolsetIn(state, principal)?.find(tool);
  if (item?.pinned === undefined) return args;
  const ready = state.checks.get(item.pinned, item.toolClass.openArguments);
  if (ready.kind === 'unsupported') return args;
  const contradicted =
    headers === undefined ? undefined : contradictedHeader(ready.mirrored, args, headers);
  return contradicted === undefined ? completeArguments(ready, args) : mismatch(contradicted);
}

/** INVARIANT: only whoever may name the tool learns which arguments it wants repeated. */
function mismatch(header: string): Refusal {
  return refusal('admit/header-mismatch', {
    message: `header \`${header}\` is missing or does not repeat its argument`,
  });
}

function unfitnessOf(
  { clock }: State,
  { id, server, toolClass }: ToolsetItem,
  { definition }: PinnedTool,
): Refusal | undefined {
  return unfitness({ definition, tool: id.tool, server, toolClass }, clock.now());
}

function boundsIn(state: State, item: ToolsetItem, declared: () => Declared): Bounds {
  const known = state.bounds.get(item);
  if (known !== undefined) return known;
  const bounds = compileBounds(item.line, declared());
  state.bounds.set(item, bounds);
  return bounds;
}

function unsupported(reason: string): Refusal {
  return refusal('tools/schema-unsupported', {
    details: { reason: visibleText(reason, { maxLength: 200 }) },
  });
}

function pinsIn(
  state: State,
  tenant: string,
  server: string,
): Readonly<Record<string, PinnedTool>> {
  const pins = own(state.tenants, tenant)?.pins;
  return pins === undefined ? {} : (own(pins, server) ?? {});
}

function toolsetIn(state: State, principal: Principal): Toolset | undefined {
  const snapshot = own(state.tenants, principal.tenant);
  const manifest = snapshot === undefined ? undefined : manifestFor(snapshot, principal);
  if (snapshot === undefined || manifest === undefined) return undefined;
  const ofManifest = state.toolsets.get(manifest) ?? new Map<string, Toolset>();
  const known = ofManifest.get(principal.agent);
  if (known !== undefined) return known;
  const toolset = toolsetOf(snapshot, principal.agent, manifest);
  if (toolset !== undefined) {
    state.toolsets.set(manifest, ofManifest.set(principal.agent, toolset));
  }
  return toolset;
}

type Show = (item: ToolsetItem, pinned: PinnedTool) => Shown;

/** As everybody's tools are shown, side by side: kept, because most lists are this one. */
function shownAs({ shown }: State, { names }: Toolset): Show {
  return (item, pinned) => {
    const known = shown.get(item) ?? showTool(names.nameOf(item) ?? item.id.tool, pinned);
    shown.set(item, known);
    return known;
  };
}

const shownByItself: Show = ({ id }, pinned) => showTool(id.tool, pinned);

interface Paged {
  readonly serves: (item: ToolsetItem) => boolean;
  readonly show: Show;
  readonly scope: CursorScope;
}

/** Bounded in tools and in bytes; a page always takes at least one tool further. */
function pageOf(
  items: readonly ToolsetItem[],
  from: number,
  { serves, show, scope }: Paged,
): ToolPage {
  const tools: JsonObject[] = [];
  let bytes = 0;
  for (let at = from; at < items.length; at += 1) {
    const item = items[at];
    if (item?.pinned === undefined || !serves(item)) continue;
    const shown = show(item, item.pinned);
    const isFull = tools.length === limits.toolsListPageSize;
    if (isFull || (tools.length > 0 && bytes + shown.bytes > limits.resultBytes)) {
      return { tools, nextCursor: makeCursor(at, scope) };
    }
    tools.push(shown.definition);
    bytes += shown.bytes;
  }
  return { tools, nextCursor: undefined };
}

/** For whoever asks what is approved, wherever it is shut at the moment. */
export const noQuarantine: Pick<ToolQuarantine, 'holds'> = { holds: () => false };

/**
 * INVARIANT: it ends when a human pins the tool again, also to the same definition, and never
 * because the server shows the old one again.
 */
function createQuarantine(): ToolQuarantine {
  const held = new Map<string, string>();
  let added = 0;
  const key = (tenant: string, { server, tool }: ToolId) => `${tenant}\n${server}\n${tool}`;
  const pin = ({ digest, approvedAt }: PinnedTool) => `${digest} ${approvedAt}`;
  return {
    add(view, tenant, tool, seenDigest) {
      const pinned = view.pinned(tenant, tool);
      // What was approved between the look and this call is no drift any more.
      if (pinned === undefined || pinned.digest === seenDigest) return;
      held.set(key(tenant, tool), pin(pinned));
      added += 1;
    },
    get added() {
      return added;
    },
    holds(tenant, tool, pinned) {
      return held.size > 0 && held.get(key(tenant, tool)) === pin(pinned);
    },
  };
}
