import { readFile } from 'node:fs/promises';
import { limits } from '#kernel/limits.ts';
import { parseStopFile } from '#gateway/index.ts';
import { stopFilePath } from '../../../sdk/index.ts';
import type { GatewayParts } from './parts.ts';

export interface Chores {
  /** Looks at these servers now; one that is being looked at is not asked twice. */
  look(tenant: string, servers: readonly string[]): void;
  stop(): Promise<void>;
}

const stopFilePollMs = 200;
const refusalFlushMs = 5_000;
const sweepMs = 5_000;
const firstRetryMs = 250;
const longestRetryMs = 30_000;
const lookRoundMs = 200;

/** What happens beside the path, by timers: drift checks, counted refusals, the stop file. */
export function startChores(
  parts: GatewayParts,
  options: { readonly data: string; readonly tenant: string },
): Chores {
  const due = new Map<string, Due>();
  const running = new Set<string>();
  const again = new Set<string>();
  const lookNow = (key: string, tenant: string, server: string): void => {
    running.add(key);
    void lookOnce(parts, { tenant, server }, due).finally(() => {
      running.delete(key);
      // Asked for while it was looking: what it saw may be older than that.
      if (again.delete(key)) lookNow(key, tenant, server);
    });
  };
  const look = (tenant: string, servers: readonly string[]): void => {
    // Until the overlay is confirmed every call is refused; the round after that looks.
    if (parts.standing.confirmed(parts.state.view(parts.clock.monotonic())) !== undefined) return;
    for (const server of servers) {
      const key = `${tenant}\n${server}`;
      if (running.has(key)) again.add(key);
      else lookNow(key, tenant, server);
    }
  };
  const timers = [
    setInterval(
      () => look(options.tenant, dueServers(parts, options.tenant, due, running)),
      lookRoundMs,
    ),
    setInterval(() => void flushRefusals(parts, false), refusalFlushMs),
    setInterval(() => sweep(parts), sweepMs),
    setInterval(() => void readStopFile(parts, options), stopFilePollMs),
  ];
  return {
    look,
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await flushRefusals(parts, true);
    },
  };
}

interface Due {
  readonly at: number;
  /** How long the last failure put it off. */
  readonly waitMs: number;
}

/** A failed look is on record as a refused call, and is tried again sooner than the next check. */
async function lookOnce(
  parts: GatewayParts,
  { tenant, server }: { tenant: string; server: string },
  due: Map<string, Due>,
): Promise<void> {
  const key = `${tenant}\n${server}`;
  const failed = await parts.refresh.recheck(tenant, server).then(
    (refused) => refused !== undefined,
    () => true,
  );
  const waitMs = failed
    ? Math.min(longestRetryMs, Math.max(firstRetryMs, 2 * (due.get(key)?.waitMs ?? 0)))
    : 0;
  due.set(key, { at: parts.clock.monotonic() + (failed ? waitMs : limits.driftCheckMs), waitMs });
}

function dueServers(
  parts: GatewayParts,
  tenant: string,
  due: ReadonlyMap<string, Due>,
  running: ReadonlySet<string>,
): string[] {
  const now = parts.clock.monotonic();
  const servers = Object.keys(parts.state.snapshot?.tenants[tenant]?.servers ?? {});
  return servers.filter((server) => {
    const key = `${tenant}\n${server}`;
    return !running.has(key) && (due.get(key)?.at ?? 0) <= now;
  });
}

async function flushRefusals(parts: GatewayParts, everything: boolean): Promise<void> {
  const due = parts.refusals.due(parts.clock.now(), everything);
  if (due.length === 0) return;
  await parts.recorder.recordAll(due).catch(() => parts.refusals.unrecorded(due));
}

function sweep(parts: GatewayParts): void {
  parts.upstreams.sweep(
    (principal) => parts.state.overlay.forbids(principal, undefined) !== undefined,
  );
}

/** Exported for the first read, which must come before the first call is served. */
export async function readStopFile(
  parts: GatewayParts,
  options: { readonly data: string; readonly tenant: string },
): Promise<void> {
  const text = await stopFileText(options.data);
  const entries = text === undefined ? [] : parseStopFile(text, options.tenant);
  parts.control.takeLocalStops(entries);
}

/** INVARIANT: a stop file that is there but cannot be read stops everything. */
async function stopFileText(data: string): Promise<string | undefined> {
  try {
    return await readFile(stopFilePath(data), 'utf8');
  } catch (fault) {
    return fault instanceof Error && 'code' in fault && fault.code === 'ENOENT' ? undefined : 'all';
  }
}
