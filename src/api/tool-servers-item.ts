import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { judgeSource } from '#planes/tools/index.ts';
import type { SeenServer } from './parts.ts';
import { noTools, reportsOf, viewServer } from './server-view.ts';

export interface ToolServersItem {
  readonly item: 'tool servers';
  readonly state: 'green' | 'red';
  readonly why: string;
}

interface Seen {
  readonly entries: readonly ServerEntry[];
  readonly seen: readonly SeenServer[];
  /** When what is in force was made; undefined while no gateway is there that could look. */
  readonly since: number | undefined;
  readonly now: number;
  /** Whose Registry documents say where servers may come from. */
  readonly tenant?: TenantSnapshot | undefined;
}

/** A gateway looks at a server as soon as it hears of it. */
const momentMs = 15_000;

/** One that does not work is found out by nobody else before its tools are needed. */
export function toolServersItem(all: Seen): ToolServersItem {
  const wrong = all.entries.flatMap((entry) => wrongWith(all, entry) ?? []);
  return wrong.length === 0
    ? { item: 'tool servers', state: 'green', why: 'none that was tried fails' }
    : { item: 'tool servers', state: 'red', why: wrong.join('; ') };
}

function wrongWith(all: Seen, entry: ServerEntry): string | undefined {
  const { server, state, why, next } = viewServer(entry, all.seen, noTools, all.tenant);
  if (judgeSource(all.tenant, entry) !== undefined) return `${server}: ${why ?? ''}; ${next ?? ''}`;
  if (state === 'failed') return `${server}: ${why ?? 'it does not work'}; ${next ?? ''}`;
  if (state !== 'off' || !isForgotten(all, entry)) return undefined;
  return `${server}: no gateway has looked at it; see \`bailiwick server show ${server}\``;
}

/** Of several gateways one looks, and a process that nobody uses ends: neither is wrong. */
function isForgotten({ seen, since, now }: Seen, entry: ServerEntry): boolean {
  const reports = reportsOf(entry, seen).map(({ report }) => report);
  if (reports.some(({ lookedAt }) => lookedAt !== null)) return false;
  const times = reports.length === 0 ? [since ?? now] : reports.map((report) => report.since);
  return now - Math.max(...times) > momentMs;
}
