import { readFile } from 'node:fs/promises';
import type { Fellows } from '#contracts/fellows.ts';
import type { ServerReport } from '#contracts/server-report.ts';
import type { Clock } from '#kernel/time.ts';
import type { LentKeys, Recorder } from '#planes/audit/index.ts';
import type { IdentityGate } from '#planes/identity/index.ts';
import type { Standing } from '#planes/lifecycle/index.ts';
import type { RefusalBook } from '#planes/monitoring/index.ts';
import type { Configurations } from './configuration.ts';
import type { ModelConnections } from './model-connections.ts';
import { firstOf } from './fellows.ts';
import { createLooks, type Looks } from './looks.ts';
import type { ServerStates } from './server-states.ts';
import type { GatewayState, StateControl } from './state.ts';
import { parseStopFile } from './stop-file.ts';
import type { Unreconciled } from './unreconciled.ts';
import type { Upstreams } from './upstreams.ts';

export interface Chores extends Pick<Looks, 'look' | 'changed'> {
  stop(): Promise<void>;
}

/** What goes on beside the path, and before it: the feeds, the looks, the book of refusals. */
export interface ChoreParts {
  readonly clock: Clock;
  readonly state: GatewayState;
  readonly control: StateControl;
  readonly configurations: Configurations;
  readonly identity: IdentityGate;
  readonly standing: Standing;
  readonly refusals: RefusalBook;
  readonly recorder: Recorder;
  readonly upstreams: Upstreams;
  readonly serverStates: ServerStates;
  readonly modelConnections: ModelConnections;
  readonly unreconciled: Unreconciled;
  /** Keys of subjects, lent by control. */
  readonly lentKeys: Pick<LentKeys, 'fetchAhead' | 'look'>;
  /** Who else shares its listener. */
  readonly fellows: Fellows;
}

export interface ChoreOptions {
  readonly stopFile: string;
  readonly tenant: string;
  /** Looks at a tool server now; whatever it answers but undefined is a failure. */
  readonly look: (tenant: string, server: string) => Promise<unknown>;
  /** Tells control how tool servers do; a fault when it cannot be told now. */
  readonly tellServers: (reports: readonly ServerReport[]) => Promise<void>;
}

const stopFilePollMs = 200;
const refusalFlushMs = 5_000;
const sweepMs = 5_000;
const tellMs = 1_000;
const againMs = 30_000;
const lookRoundMs = 200;
const tellServersMs = 500;
const lentKeysMs = 1_000;

/** What happens beside the path, by timers: drift checks, counted refusals, the stop file. */
export function startChores(parts: ChoreParts, options: ChoreOptions): Chores {
  const { tenant } = options;
  const looks = createLooks({
    recheck: options.look,
    // One look is enough for all: what it shows goes to control, and comes back to everybody.
    mayLook: () =>
      whoLooks(parts) === undefined &&
      parts.standing.confirmed(parts.state.view(parts.clock.monotonic())) === undefined,
    clock: parts.clock,
    onNext: (of, server, inMs) => parts.serverStates.nextLook(of, server, inMs),
  });
  const servers = () =>
    Object.keys(parts.state.configuration?.snapshot.tenants[tenant]?.servers ?? {});
  const timers = [
    setInterval(() => looks.round(tenant, servers()), lookRoundMs),
    setInterval(() => void flushRefusals(parts, false), refusalFlushMs),
    setInterval(() => sweep(parts), sweepMs),
    setInterval(() => parts.configurations.again(), againMs),
    setInterval(() => void parts.unreconciled.tell(), tellMs),
    setInterval(() => void tellServers(parts, options), tellServersMs),
    setInterval(() => void readStopFile(parts, options), stopFilePollMs),
    setInterval(() => void tendKeys(parts, tenant), lentKeysMs),
  ];
  return {
    look: (of, some) => looks.look(of, some),
    changed(of, server) {
      // Kept here as well, for the time in which the other one may be gone.
      looks.changed(of, server);
      const first = whoLooks(parts);
      first?.ask.listChanged({ tenant: of, server }).catch(() => undefined);
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await flushRefusals(parts, true);
    },
  };
}

function whoLooks({ fellows, clock }: Pick<ChoreParts, 'fellows' | 'clock'>) {
  return firstOf(fellows, clock.monotonic());
}

/** Told anew when it could not be: control forgets what it knew of a gateway that it lost. */
async function tellServers(
  { serverStates }: ChoreParts,
  options: Pick<ChoreOptions, 'tellServers'>,
): Promise<void> {
  const reports = serverStates.changed();
  if (reports.length === 0) return;
  await options.tellServers(reports).catch(() => serverStates.again());
}

/**
 * INVARIANT: an agent that is in the configuration has its key here before control is away, so its calls go on
 * until the stop lease ends; and a key that was destroyed is in no memory here a moment later.
 */
export async function tendKeys(
  { lentKeys, state }: Pick<ChoreParts, 'lentKeys' | 'state'>,
  tenant: string,
): Promise<void> {
  await lentKeys.look();
  const agents = state.configuration?.snapshot.tenants[tenant]?.agents ?? {};
  await lentKeys.fetchAhead(tenant, Object.keys(agents));
}

async function flushRefusals(parts: ChoreParts, everything: boolean): Promise<void> {
  const due = parts.refusals.due(parts.clock.now(), everything);
  if (due.length === 0) return;
  await parts.recorder.recordAll(due).catch(() => parts.refusals.unrecorded(due));
}

function sweep(parts: ChoreParts): void {
  parts.upstreams.sweep(
    (principal) => parts.state.overlay.forbids(principal, undefined) !== undefined,
  );
}

/** Exported for the first read, which must come before the first call is served. */
export async function readStopFile(
  parts: Pick<ChoreParts, 'control'>,
  options: Pick<ChoreOptions, 'stopFile' | 'tenant'>,
): Promise<void> {
  const text = await stopFileText(options.stopFile);
  const entries = text === undefined ? [] : parseStopFile(text, options.tenant);
  parts.control.takeLocalStops(entries);
}

/** INVARIANT: a stop file that is there but cannot be read stops everything. */
async function stopFileText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (fault) {
    return fault instanceof Error && 'code' in fault && fault.code === 'ENOENT' ? undefined : 'all';
  }
}
