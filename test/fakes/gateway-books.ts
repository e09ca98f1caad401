import type { LabelBook } from '#contracts/label-book.ts';
import type { GatewayObjects } from '#contracts/object-book.ts';
import type { GatewayOutflow, Moved } from '#contracts/outflow-book.ts';
import type { LeaseBook } from '#contracts/lease-book.ts';
import type { ModelConnection, ModelProvider } from '#contracts/model-provider.ts';
import type { Reservations } from '#contracts/reservations.ts';
import type {
  ServerToConnect,
  ToolAnswer,
  ToolInvocation,
  ToolServerTransport,
  UpstreamRequest,
} from '#contracts/tool-server.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { joinLabels, type Labels, noLabels } from '#kernel/label.ts';
import { canonicalBytes, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import type { Recorder } from '#planes/audit/index.ts';

export interface Written {
  readonly records: RecordDraft[];
  readonly bodies: Map<RecordDraft, Uint8Array>;
  readonly subjects: Map<RecordDraft, string>;
}

/** Commitments without a salt of chance: the same bytes are the same commitment. */
export function recorderInto(
  { records, bodies, subjects }: Written,
  fails: () => RecordDraft['type'] | undefined,
): Recorder {
  const record: Recorder['record'] = async (draft, body, options) => {
    await Promise.resolve();
    if (fails() === draft.type) throw new BailiwickError('audit/unavailable');
    records.push(draft);
    if (body !== undefined) bodies.set(draft, body);
    if (options?.subject !== undefined) subjects.set(draft, options.subject);
    return { id: `r${records.length}`, position: { segment: 0, offset: records.length } };
  };
  return {
    writer: 'w',
    healthy: true,
    record,
    recordAll: (drafts) => Promise.all(drafts.map((draft) => record(draft))),
    commit: (bytes) => ({ sha256: sha256Hex(bytes), bytes: bytes.length }),
  };
}

const noBook = () => Promise.reject(new BailiwickError('store/unavailable'));
/** Of a world in which no document names a thing. */
export const noObjects: GatewayObjects = {
  carried: noBook,
  mark: noBook,
  settle: noBook,
  clean: noBook,
};

/** Without a window: all that was ever counted. */
export function outflowInMemory(): GatewayOutflow {
  const held = new Map<string, Moved>();
  const add = (keys: readonly string[], { rows, bytes, calls }: Moved, sign: 1 | -1): Moved => {
    const sums = keys.map((key) => {
      const of = held.get(key) ?? { rows: 0, bytes: 0, calls: 0 };
      const sum = {
        rows: of.rows + sign * rows,
        bytes: of.bytes + sign * bytes,
        calls: of.calls + sign * calls,
      };
      held.set(key, sum);
      return sum;
    });
    const most = (one: keyof Moved) => Math.max(...sums.map((sum) => sum[one]));
    return { rows: most('rows'), bytes: most('bytes'), calls: most('calls') };
  };
  return {
    count: async ({ keys, moved }) => ({ within: add(keys, moved, 1), slot: 0 }),
    giveBack: async ({ keys, moved }) => void add(keys, moved, -1),
  };
}

export function labelBook(
  fails: () => boolean,
): LabelBook & { readonly tasks: ReadonlySet<string> } {
  const held = new Map<string, Labels>();
  const tasks = new Set<string>();
  return {
    tasks,
    async read(_tenant, task) {
      tasks.add(task);
      return { labels: held.get(task) ?? noLabels, version: 0 };
    },
    async raise(_tenant, { task }, labels) {
      if (fails()) throw new BailiwickError('store/unavailable');
      const raised = joinLabels(held.get(task) ?? noLabels, labels);
      held.set(task, raised);
      return { labels: raised, version: 0 };
    },
  };
}

export function reservationsOf(reserved: () => number): Reservations {
  return {
    async reserve(ask) {
      return reserved() > ask.limit ? undefined : { ...ask, id: 'reservation' };
    },
    commit: async () => undefined,
    release: async () => undefined,
    used: async () => 0,
    settleExpired: async () => 0,
  };
}

export function transportOf(on: {
  list(): Promise<readonly ToolDefinition[]>;
  call(invocation: ToolInvocation): Promise<ToolAnswer>;
  /** Any request that is no call of a tool. */
  exchange(request: UpstreamRequest): Promise<ToolAnswer>;
  connected(server: ServerToConnect): void;
}): ToolServerTransport {
  return {
    kind: 'http',
    connect(server) {
      on.connected(server);
      return {
        exchange: (request) =>
          request.method === 'tools/call' ? on.call(invocationIn(request)) : on.exchange(request),
        listTools: () => on.list(),
        close: async () => undefined,
      };
    },
  };
}

export function providerOf(generate: ModelConnection['generate']): ModelProvider {
  const open = () => ({ generate, close: async () => undefined });
  return { kind: 'openai', open };
}

export const openLeases: LeaseBook = {
  open: async (lease) => ({ ...lease, endedAt: undefined, endedBy: undefined, epoch: 0 }),
  end: async () => undefined,
  listOpen: async () => [],
};

function invocationIn({ params, named, ...rest }: UpstreamRequest): ToolInvocation {
  const whole = parseJson(params);
  const given = isJsonObject(whole) ? (whole['arguments'] ?? {}) : {};
  return { ...rest, tool: named ?? '', argumentBytes: canonicalBytes(given) };
}
