import type { LabelBook } from '#contracts/label-book.ts';
import type { Store } from '#contracts/store.ts';
import { createState, createTaskLabels } from '#gateway/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Label, Labels } from '#kernel/label.ts';
import { limits } from '#kernel/limits.ts';
import type { Person, Principal } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { AgentEntry, Snapshot } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { createTaskDesk, createTaskKeeper } from '#planes/identity/index.ts';
import { createStanding } from '#planes/lifecycle/index.ts';
import { openSqliteStore } from '#storage/sqlite/index.ts';
import { hastyTimer } from './hasty-timer.ts';

/** Raises of labels are recorded by the gateway that raises them: not looked at here. */
const aside = { record: async () => ({ id: 'r', position: { segment: 0, offset: 0 } }) };
export const ada: Person = { tenant: 'main', name: 'ada', roles: ['admin'] };
export function agent(name: string, over: Partial<AgentEntry> = {}): AgentEntry {
  return { name, owner: `${name}-owner`, suspended: false, ...over } as AgentEntry;
}

export function snapshotOf(number: number, ...agents: AgentEntry[]): Snapshot {
  const entries = Object.fromEntries(agents.map((one) => [one.name, one]));
  const main = { tenant: 'main', agents: entries, servers: {} };
  return { number, digest: `${number}`, tenants: { main } } as unknown as Snapshot;
}

export interface Caller {
  readonly agent: string;
  /** Undefined: an unbound bearer. */
  readonly key: string | undefined;
}

/** Control over a true store, as often restarted as one likes, and gateways as they see it. */
export class TaskWorld {
  readonly clock = new ManualClock();
  readonly records: RecordDraft[] = [];
  /** What was sealed beside a record. */
  readonly sealed: string[] = [];
  /** Whose words they are. */
  readonly sealedFor: (string | undefined)[] = [];
  readonly callers: Caller[] = [];
  readonly gateways = new Set<ReturnType<TaskWorld['gateway']>>();
  failing = false;
  readonly folder: string;
  store!: Store;
  keeper!: ReturnType<typeof createTaskKeeper>;
  desk!: ReturnType<typeof createTaskDesk>;
  snapshot = snapshotOf(1, agent('worker'), agent('reader'));
  #due: number[] = [];
  #term = 0;

  constructor(folder: string) {
    this.folder = folder;
  }

  async start(): Promise<void> {
    this.store = await openSqliteStore({ folder: this.folder, clock: this.clock });
    const recorder = {
      record: async (draft: RecordDraft, payload?: Uint8Array, of?: { subject: string }) => {
        await recorder.recordAll([draft]);
        if (payload === undefined) return;
        this.sealed.push(Buffer.from(payload).toString());
        this.sealedFor.push(of?.subject);
      },
      owe: async (draft: RecordDraft) => void this.records.push(draft),
      recordAll: async (drafts: readonly RecordDraft[]) => {
        if (this.failing) throw new BailiwickError('audit/unavailable');
        this.records.push(...drafts);
      },
    };
    const parts = { ...this.store, recorder, clock: this.clock };
    this.keeper = createTaskKeeper({
      ...parts,
      later: (ms) => void this.#due.push(this.clock.monotonic() + ms),
    });
    const { keeper } = this;
    this.desk = createTaskDesk({ ...parts, keeper, snapshot: () => this.snapshot });
    await this.publish();
  }

  async publish(snapshot = this.snapshot): Promise<void> {
    this.snapshot = snapshot;
    await this.keeper.publish(snapshot);
    await this.tellGateways();
  }

  async restart(): Promise<void> {
    await this.store.close();
    this.#due = [];
    for (const { control } of this.gateways) control.takeGateways(0, 0);
    await this.start();
  }

  async stop(): Promise<void> {
    await this.store.close();
  }

  async enrol(name: string): Promise<Caller> {
    const key = `${name}-key-${this.callers.length}`;
    const tokenDigest = `join-${key}`;
    const now = this.clock.now();
    const token = { tenant: 'main', agent: name, tokenDigest, createdBy: 'ada' };
    await this.store.instances.addJoinToken({ ...token, expiresAt: now + 1_000 });
    const join = { tokenDigest, instance: `instance-of-${key}`, thumbprint: key, jwk: {}, now };
    await this.store.instances.enrol(join);
    await this.publish();
    return this.#called({ agent: name, key });
  }

  bearer(name: string): Caller {
    return this.#called({ agent: name, key: undefined });
  }

  #called(caller: Caller): Caller {
    this.callers.push(caller);
    return caller;
  }

  /** Another gateway that serves, with nothing in its memory. */
  gateway() {
    const standing = createStanding();
    const { clock } = this;
    const control = createState({ standing, stopLeaseMs: limits.stopLeaseMs, writer: 'g' });
    const { state } = control;
    const book: LabelBook = {
      read: (tenant, task) => this.store.labels.read(tenant, task),
      raise: (tenant, where, labels, source) =>
        this.store.labels.raise(tenant, where, labels, source),
    };
    const timer = hastyTimer();
    return { control, labels: createTaskLabels({ book, state, recorder: aside, clock, timer }) };
  }

  async join(): Promise<void> {
    this.gateways.add(this.gateway());
    await this.tellGateways();
  }

  async leave(): Promise<void> {
    const first = [...this.gateways][0];
    if (first !== undefined) this.gateways.delete(first);
    await this.tellGateways();
  }

  async tellGateways(): Promise<void> {
    this.#term += 1;
    const { roster } = await this.store.snapshots.current();
    const overlay = await this.store.overlay.current();
    for (const { control } of this.gateways) {
      control.takeGateways(this.gateways.size, this.#term);
      control.takeRoster(roster);
      control.takeOverlay(overlay, this.clock.monotonic());
    }
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    const now = this.clock.monotonic();
    const isDue = this.#due.some((at) => at <= now);
    this.#due = this.#due.filter((at) => at > now);
    if (isDue) await this.keeper.publish();
    await this.tellGateways();
  }

  /** As identity makes it from the roster; undefined while the agent has no task. */
  async principal({ agent: name, key }: Caller): Promise<Principal | undefined> {
    const { roster } = await this.store.snapshots.current();
    const unbound = roster.unbound?.[`main/${name}`];
    const bearer = unbound === undefined ? undefined : { ...unbound, session: 's-bearer' };
    const place = key === undefined ? bearer : roster.instances[key]?.current;
    if (place === undefined) return undefined;
    return {
      kind: 'agent',
      tenant: 'main',
      agent: name,
      instance: key ?? 'unbound-1',
      user: undefined,
      ...place,
      hops: [],
      binding: key === undefined ? 'none' : 'dpop',
      keyThumbprint: key,
    };
  }

  async labelsOf(caller: Caller): Promise<readonly Labels[]> {
    const who = await this.principal(caller);
    if (who === undefined) return [];
    return Promise.all([...this.gateways].map(async ({ labels }) => labels.of(who)));
  }

  async raise(caller: Caller, label: Label): Promise<void> {
    const [gateway] = this.gateways;
    const who = await this.principal(caller);
    if (gateway === undefined || who === undefined) throw new Error('nobody carries it');
    await gateway.labels.raise(who, [label], 'a/b');
  }

  async endTask(name: string): Promise<void> {
    const [task] = await this.store.tasks.list({
      tenant: 'main',
      agent: name,
      open: true,
      limit: 1,
    });
    if (task === undefined) throw new Error('there is no open task');
    await this.desk.end({ id: task.id, by: ada, reason: 'the ticket is closed' });
    await this.tellGateways();
  }
}

export async function startTaskWorld(folder: string): Promise<TaskWorld> {
  const world = new TaskWorld(folder);
  await world.start();
  await world.join();
  return world;
}
