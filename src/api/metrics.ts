import type { JsonObject } from '#kernel/json/value.ts';
import { countsOf } from '#planes/monitoring/index.ts';
import { notServing, readiness, type StatusParts } from './describe-status.ts';
import { archiveLag } from './archive-item.ts';
import { mostUrgentFirst, noTools, viewServer } from './server-view.ts';
import { exposition, type Metric, type Sample } from './exposition.ts';

export interface MetricsParts {
  /** Of the tenant that runs the system, as its status is. */
  readonly status: () => StatusParts;
  readonly node: string;
  /** Records in all logs, and how many of control's own are not there yet. */
  readonly log: () => { readonly records: number; readonly lag: number };
}

/** Nobody has to sign in to ask, so asking often costs nothing. */
const keptMs = 1_000;

export function createMetrics(parts: MetricsParts): () => Promise<string> {
  let kept: { readonly at: number; readonly text: Promise<string> } | undefined;
  return () => {
    const now = performance.now();
    if (kept === undefined || now - kept.at > keptMs) {
      const text = metricsText(parts);
      kept = { at: now, text };
      text.catch(() => (kept = undefined));
    }
    return kept.text;
  };
}

async function metricsText(parts: MetricsParts): Promise<string> {
  const status = parts.status();
  return exposition([
    ...ofSystem(parts, status),
    ...(await ofStore(status)),
    ...ofExports(status),
    gauge('tool_servers', 'Tool servers by state.', serverStates(status)),
    ...ofGateways(namedGateways(status.gateways())),
  ]);
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  name: `bailiwick_${name}`,
  type: 'gauge',
  help,
  samples,
});
const counter = (...of: Parameters<typeof gauge>): Metric => ({ ...gauge(...of), type: 'counter' });
const one = (name: string, help: string, value: number): Metric => gauge(name, help, [[{}, value]]);

function ofSystem({ node, log }: MetricsParts, status: StatusParts): Metric[] {
  const { records, lag } = log();
  const items = readiness(status);
  const isServing = (gateway: JsonObject) => Number(gateway['configuration'] ?? 0) > 0;
  const build: Sample = [{ version: status.settings.version, node }, 1];
  return [
    gauge('build_info', 'What runs.', [build]),
    one(
      'ready',
      'Whether calls are served, as /readyz says.',
      notServing(status).length === 0 ? 1 : 0,
    ),
    gauge(
      'status_red',
      'Lines of the status: 1 is red.',
      items.map(({ item, state }) => [{ item }, state === 'red' ? 1 : 0]),
    ),
    one('gateways_wanted', 'Gateways that there should be.', status.gatewaysWanted),
    one('gateways_serving', 'Gateways that serve.', status.gateways().filter(isServing).length),
    one(
      'configuration_number',
      'Number of the configuration in force.',
      status.snapshot?.number ?? 0,
    ),
    { ...one('log_records_total', 'Records in the signed logs.', records), type: 'counter' },
    gauge('log_lag_records', 'Records on disk that are not in a signed log yet.', [
      [{ program: 'control' }, lag],
      ...namedGateways(status.gateways()).map(
        ([name, told]): Sample => [{ program: name }, amount(told['logLag'])],
      ),
    ]),
    ...archived(status),
    ...roomOf(status),
  ];
}

function roomOf({ space }: StatusParts): Metric[] {
  const { freeBytes, totalBytes } = space();
  if (totalBytes === 0) return [];
  return [
    one('disk_free_bytes', 'Room on the disk of the data folder.', freeBytes),
    one('disk_bytes', 'The size of that disk.', totalBytes),
  ];
}

function archived(status: StatusParts): Metric[] {
  const lag = archiveLag(status.archive());
  const help = 'Records in the signed logs that no archive has yet; not told without an archive.';
  return lag === undefined ? [] : [one('archive_lag_records', help, lag)];
}

/** By what they do, the most urgent thing that any gateway says of each; their names are told nowhere. */
function serverStates({ snapshot, servers, tenant }: StatusParts): Sample[] {
  const seen = servers.filter(({ report }) => report.tenant === tenant);
  const counts = new Map<string, number>(mostUrgentFirst.map((state) => [state, 0]));
  for (const entry of Object.values(snapshot?.tenants[tenant]?.servers ?? {})) {
    const { state } = viewServer(entry, seen, noTools, undefined);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return [...counts].map(([state, count]) => [{ state }, count]);
}

async function ofStore({ store, tenant, snapshot }: StatusParts): Promise<Metric[]> {
  const tools = await store.catalogue.counts(tenant);
  const pending = await store.grants.list({ tenant, state: 'pending', limit: 1_000 });
  const own = snapshot?.tenants[tenant];
  return [
    one(
      'approvals_waiting',
      'Calls that wait for a human (1000 are 1000 or more).',
      pending.length,
    ),
    gauge(
      'tools',
      'Tools by state.',
      Object.entries(tools).map(([state, count]) => [{ state }, count]),
    ),
    one('agents', 'Agents in the documents.', Object.keys(own?.agents ?? {}).length),
    one('servers', 'Tool servers in the documents.', Object.keys(own?.servers ?? {}).length),
  ];
}

/** By the names that the operator gave them. */
function ofExports(status: StatusParts): Metric[] {
  const { sinks } = status.exports();
  if (sinks.length === 0) return [];
  const of = (value: (one: (typeof sinks)[number]) => number): Sample[] =>
    sinks.map((one) => [{ sink: one.sink }, value(one)]);
  return [
    gauge(
      'export_lag_records',
      'Records in signed logs that the sink does not have yet.',
      of(({ lag }) => lag),
    ),
    counter(
      'export_records_total',
      'Records that the sink took.',
      of(({ sent }) => sent),
    ),
    counter(
      'export_failures_total',
      'Times that the sink did not take what it was given.',
      of(({ failures }) => failures),
    ),
    gauge(
      'export_dead_records',
      'Records that the sink will never take.',
      of(({ dead }) => dead),
    ),
  ];
}

/** INVARIANT: a label is a name that the supervisor gave, so there are no more than it starts. */
function namedGateways(gateways: readonly JsonObject[]): (readonly [string, JsonObject])[] {
  return gateways.flatMap((told) => {
    const { name } = told;
    return typeof name === 'string' && /^gateway-\d{1,3}$/.test(name)
      ? [[name, told] as const]
      : [];
  });
}

function ofGateways(gateways: readonly (readonly [string, JsonObject])[]): Metric[] {
  const counts = gateways.map(([gateway, told]) => ({ gateway, ...countsOf(told) }));
  const duration = counts.flatMap(({ gateway, within, sumMs, count }): Metric['samples'] => [
    ...within.map(([ms, sum]) => [{ gateway, le: ms / 1_000 }, sum, '_bucket'] as const),
    [{ gateway, le: '+Inf' }, count, '_bucket'],
    [{ gateway }, sumMs / 1_000, '_sum'],
    [{ gateway }, count, '_count'],
  ]);
  return [
    gauge(
      'gateway_up',
      'Gateways that are connected to control.',
      gateways.map(([gateway]) => [{ gateway }, 1]),
    ),
    {
      ...gauge(
        'calls_total',
        'Calls of agents that have ended, by what became of them.',
        counts.flatMap(({ gateway, calls }) =>
          calls.map(([outcome, value]): Sample => [{ gateway, outcome }, value]),
        ),
      ),
      type: 'counter',
    },
    {
      ...gauge(
        'refusals_total',
        'Refused calls, by the room that refused them.',
        counts.flatMap(({ gateway, refusals }) =>
          refusals.map(([room, value]): Sample => [{ gateway, room }, value]),
        ),
      ),
      type: 'counter',
    },
    {
      ...gauge(
        'result_signals_total',
        'Results that strangers wrote and in which something looked odd, by what.',
        counts.flatMap(({ gateway, signals }) =>
          signals.map(([signal, value]): Sample => [{ gateway, signal }, value]),
        ),
      ),
      type: 'counter',
    },
    {
      name: 'bailiwick_call_duration_seconds',
      type: 'histogram',
      help: 'How long calls took, the tool server included.',
      samples: duration,
    },
    gauge(
      'open_calls',
      'Calls that are on their way.',
      counts.map(({ gateway, open }) => [{ gateway }, open]),
    ),
  ];
}

function amount(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
