import type {
  Generation,
  GenerationAnswer,
  ModelConnection,
  ModelProvider,
  ProviderEntry,
} from '#contracts/model-provider.ts';
import { entriesOf } from '#contracts/section.ts';
import type { StreamEnd, StreamEvent, Streamed } from '#contracts/streamed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { providers as providersOf } from '#planes/models/index.ts';

/** One connection to each provider of each tenant and document, opened when it is first asked. */
export interface ModelConnections {
  open(tenant: string, entry: ProviderEntry): Pick<ModelConnection, 'generate'>;
  /** Drops what the new Snapshot no longer names, or names differently. */
  adopt(snapshot: Snapshot): void;
  close(): Promise<void>;
}

interface Held {
  readonly tenant: string;
  readonly entry: ProviderEntry;
  readonly connection: ModelConnection;
  /** Generations that are not over: one that streams, until its stream was read to its end or left. */
  calls: number;
}

/** Of the Snapshot in force; a call keeps the one that it was judged by, which may be older. */
type IsNamed = (held: Held) => boolean;

/**
 * INVARIANT: a generation in flight is cut by nothing but the shutdown. A connection that no document
 * in force names is closed once the last generation over it has left.
 */
export function createModelConnections(providers: readonly ModelProvider[]): ModelConnections {
  const held = new Map<string, Held>();
  let isNamed: IsNamed = () => true;
  const closeUnlessWanted = (key: string, one: Held): void => {
    if (one.calls > 0 || isNamed(one) || held.get(key) !== one) return;
    held.delete(key);
    one.connection.close().catch(() => undefined);
  };
  return {
    open(tenant, entry) {
      const key = [tenant, entry.name, entry.digest].join('\n');
      const one = held.get(key) ?? opened(providers, tenant, entry);
      held.set(key, one);
      return { generate: (asked) => counted(one, asked, () => closeUnlessWanted(key, one)) };
    },
    adopt({ tenants }) {
      isNamed = ({ tenant, entry }) =>
        Object.hasOwn(tenants, tenant) &&
        entriesOf(tenants[tenant], providersOf)[entry.name]?.digest === entry.digest;
      for (const [key, one] of held) closeUnlessWanted(key, one);
    },
    async close() {
      isNamed = () => false;
      const all = [...held.values()];
      held.clear();
      await Promise.all(all.map(({ connection }) => connection.close()));
    },
  };
}

function opened(providers: readonly ModelProvider[], tenant: string, entry: ProviderEntry): Held {
  const provider = providers.find(({ kind }) => kind === entry.kind);
  // Its document would have been refused: a configuration of a newer version, at most.
  if (provider === undefined) throw new BailiwickError('models/upstream-unreachable');
  return { tenant, entry, connection: provider.open(entry), calls: 0 };
}

async function counted(one: Held, asked: Generation, leave: () => void): Promise<GenerationAnswer> {
  one.calls += 1;
  let left = false;
  const over = (): void => {
    if (left) return;
    left = true;
    one.calls -= 1;
    leave();
  };
  try {
    const answer = await one.connection.generate(asked);
    if (answer.kind === 'stream') return { kind: 'stream', stream: watched(answer.stream, over) };
    over();
    return answer;
  } catch (fault) {
    over();
    throw fault;
  }
}

function watched(stream: Streamed, over: () => void): Streamed {
  return {
    events: untilOver(stream.events, over),
    cancel() {
      try {
        stream.cancel();
      } finally {
        over();
      }
    },
  };
}

async function* untilOver(
  events: Streamed['events'],
  over: () => void,
): AsyncGenerator<StreamEvent | StreamEnd, void, undefined> {
  try {
    yield* events;
  } finally {
    over();
  }
}
