import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '#kernel/limits.ts';
import { emptyOverlay } from '#kernel/overlay.ts';
import { parseStopFile } from '#gateway/index.ts';
import type { GatewayParts } from './parts.ts';

export interface Chores {
  /** Looks at these servers soon, one after the other. */
  look(tenant: string, servers: readonly string[]): void;
  stop(): Promise<void>;
}

const stopFilePollMs = 200;
const refusalFlushMs = 5_000;
const sweepMs = 5_000;

/** What happens beside the path, by timers: drift checks, counted refusals, the stop file. */
export function startChores(
  parts: GatewayParts,
  options: { readonly data: string; readonly tenant: string },
): Chores {
  const looked = new Map<string, number>();
  const queue: { tenant: string; server: string }[] = [];
  let working = false;
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      looked.set(`${next.tenant}\n${next.server}`, parts.clock.monotonic());
      // A failed look is on record as a refused call; the next round tries again.
      await parts.refresh.recheck(next.tenant, next.server).catch(() => undefined);
    }
    working = false;
  };
  const look = (tenant: string, servers: readonly string[]): void => {
    for (const server of servers) {
      if (!queue.some((one) => one.tenant === tenant && one.server === server)) {
        queue.push({ tenant, server });
      }
    }
    void work();
  };
  const timers = [
    setInterval(() => look(options.tenant, dueServers(parts, options.tenant, looked)), 1_000),
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

/** Not looked at for the drift interval, or never successfully. */
function dueServers(parts: GatewayParts, tenant: string, looked: Map<string, number>): string[] {
  const now = parts.clock.monotonic();
  const servers = Object.keys(parts.state.snapshot?.tenants[tenant]?.servers ?? {});
  return servers.filter((server) => {
    const last = looked.get(`${tenant}\n${server}`);
    return last !== undefined && now - last > limits.driftCheckMs;
  });
}

async function flushRefusals(parts: GatewayParts, everything: boolean): Promise<void> {
  const due = parts.refusals.due(parts.clock.now(), everything);
  if (due.length > 0) await parts.recorder.recordAll(due).catch(() => undefined);
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
  try {
    const text = await readFile(join(options.data, 'stop'), 'utf8');
    const entries = parseStopFile(text, options.tenant, parts.clock.now());
    parts.control.takeLocalStops({ number: 0, entries });
  } catch (fault) {
    const gone = fault instanceof Error && 'code' in fault && fault.code === 'ENOENT';
    // INVARIANT: a stop file that is there but cannot be read stops everything.
    parts.control.takeLocalStops(
      gone ? emptyOverlay : { number: 0, entries: parseStopFile('all', options.tenant, 0) },
    );
  }
}
