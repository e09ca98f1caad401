import type { StoredPerson } from '#contracts/people-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { agentsShown } from './own-agents.ts';
import type { ControlParts } from './parts.ts';

/** Lists of which somebody may want to know that they changed. */
export const topics = ['approvals', 'stops', 'agents', 'servers', 'tools', 'documents'] as const;
export type Topic = (typeof topics)[number];

/** How often each changed since it is watched; a topic that the viewer may not read is not there. */
export type Counters = Readonly<Partial<Record<Topic, number>>>;

export interface Watched {
  readonly tenant: string;
  /** Whoever only reads what is theirs; undefined for all who read everything. */
  readonly owner: StoredPerson | undefined;
}

export interface TenantWatch {
  /** Told all counters first, then those that changed. Answers how to stop. */
  follow(of: Watched, listener: (changed: Counters) => void): () => void;
}

type WatchParts = Pick<ControlParts, 'snapshot' | 'servers' | 'store'> & {
  readonly desks: {
    readonly approvals: Pick<ControlParts['desks']['approvals'], 'list'>;
    readonly standing: Pick<ControlParts['desks']['standing'], 'list'>;
    readonly tools: Pick<ControlParts['desks']['tools'], 'countsByServer'>;
    readonly changes: Pick<ControlParts['desks']['changes'], 'list'>;
  };
};

interface Watching {
  readonly listeners: Set<(changed: Counters) => void>;
  readonly prints: Map<Topic, string>;
  readonly counters: Map<Topic, number>;
  timer: NodeJS.Timeout | undefined;
}

/** A look takes no more than this part of the time, however long the lists are. */
const restPerLook = 20;

/**
 * Looks at the lists of a tenant while somebody follows it, once for all who see the same. Looked at, not told
 * of: gateways elsewhere write to the same store. INVARIANT: what a list says leaves here as a digest that is
 * compared, and is told as a number.
 */
export function createTenantWatch(parts: WatchParts, everyMs = 1_000): TenantWatch {
  const all = new Map<string, Watching>();
  return {
    follow(of, listener) {
      const key = `${of.tenant} ${of.owner?.name ?? ''}`;
      const known = all.get(key);
      const watching: Watching = known ?? {
        listeners: new Set(),
        prints: new Map(),
        counters: new Map(),
        timer: undefined,
      };
      watching.listeners.add(listener);
      if (known === undefined) {
        all.set(key, watching);
        void keepLooking(parts, of, watching, everyMs);
      } else if (watching.counters.size > 0) {
        listener(Object.fromEntries(watching.counters));
      }
      return () => {
        watching.listeners.delete(listener);
        if (watching.listeners.size > 0) return;
        clearTimeout(watching.timer);
        if (all.get(key) === watching) all.delete(key);
      };
    },
  };
}

async function keepLooking(
  parts: WatchParts,
  of: Watched,
  watching: Watching,
  everyMs: number,
): Promise<void> {
  const began = performance.now();
  // A store that is away tells nobody that nothing changed: they hear nothing until it is back.
  const found = await look(parts, of).catch(() => undefined);
  const changed: Partial<Record<Topic, number>> = {};
  for (const [topic, print] of found ?? []) {
    if (watching.prints.get(topic) === print) continue;
    watching.prints.set(topic, print);
    const count = (watching.counters.get(topic) ?? -1) + 1;
    watching.counters.set(topic, count);
    changed[topic] = count;
  }
  if (Object.keys(changed).length > 0) {
    for (const listener of watching.listeners) listener(changed);
  }
  if (watching.listeners.size === 0) return;
  const rest = Math.max(everyMs, (performance.now() - began) * restPerLook);
  watching.timer = setTimeout(() => void keepLooking(parts, of, watching, everyMs), rest);
  watching.timer.unref();
}

const newest = 200;

/** What is in force is never changed, only replaced: ten thousand agents are read once and not each second. */
const printed = new WeakMap<object, string>();

function printOnce(of: object | undefined): string {
  if (of === undefined) return '';
  const known = printed.get(of) ?? print(of);
  printed.set(of, known);
  return known;
}

async function look(
  parts: WatchParts,
  { tenant, owner }: Watched,
): Promise<ReadonlyMap<Topic, string>> {
  const { desks, store, snapshot } = parts;
  const own = snapshot()?.tenants[tenant];
  const shown = owner === undefined ? [undefined] : agentsShown(parts, owner, undefined);
  const isSeen = (agent: string) => owner === undefined || shown.includes(agent);
  const approvals = await Promise.all(
    shown.flatMap((agent) => {
      const of = { tenant, limit: newest, ...(agent === undefined ? {} : { agent }) };
      return [desks.approvals.list({ ...of, state: 'pending' }), desks.approvals.list(of)];
    }),
  );
  const instances = await store.instances.list(tenant);
  const bearers = await store.instances.unbound(tenant);
  const { entries } = await desks.standing.list(tenant);
  const ofSeen = entries.filter(({ target }) => target.kind === 'agent' && isSeen(target.agent));
  const found = new Map<Topic, string>([
    ['approvals', print(approvals.flat().map(({ id, state, use }) => [id, state, use]))],
    [
      'agents',
      print([
        owner === undefined
          ? printOnce(own?.agents)
          : Object.values(own?.agents ?? {}).filter(({ name }) => isSeen(name)),
        instances.filter(({ agent }) => isSeen(agent)),
        bearers.filter(({ agent }) => isSeen(agent)),
        ofSeen,
      ]),
    ],
  ]);
  if (owner !== undefined) return found;
  const servers = Object.values(own?.servers ?? {}).map(({ name, digest }) => [name, digest]);
  const seen = parts
    .servers(tenant)
    .map(({ gateway, report: { server, state, digest } }) => [gateway, server, state, digest]);
  const tools = [...(await desks.tools.countsByServer(tenant))];
  const reviews = await desks.changes.list(tenant);
  return found
    .set('stops', print(entries))
    .set('servers', print([servers, seen]))
    .set('tools', print([tools, servers]))
    .set(
      'documents',
      print([snapshot()?.digest ?? '', reviews.map(({ id, state }) => [id, state])]),
    );
}

const print = (value: unknown) => sha256Hex(JSON.stringify(value));
