import type { Presented } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import type { OverlayReason, StopTarget } from '#kernel/overlay.ts';
import { createOpenCalls } from '#gateway/index.ts';
import { definition } from '../fakes/gateway-documents.ts';
import { createGatewayWorld, type GatewayWorld } from '../fakes/gateway-world.ts';
import { presented, proven, type TestInstance } from '../fakes/identity-world.ts';
import type {
  GoldenCaller,
  GoldenChange,
  GoldenDocuments,
  GoldenDriver,
  GoldenStop,
} from './golden-driver.ts';
import { goldenAnswer, goldenDefinitions, goldenPinned } from './golden-tools.ts';
import { goldenDocuments } from './golden-documents.ts';

type Callers = Readonly<Record<'first' | 'second' | 'stranger', TestInstance>>;

const trace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
const secretValue = `lent-${'q7'.repeat(10)}`;

/** The whole path in memory, with everything around it that a call can meet. */
export async function createWorldDriver(): Promise<GoldenDriver> {
  const bounds = { openCalls: 5, openCallsPerAgent: 4, openCallsPerServer: 4 };
  const world = await createGatewayWorld(documentsOf('usual'), createOpenCalls(bounds));
  const callers: Callers = {
    first: await world.enrol(),
    second: await world.enrol(),
    stranger: await world.identity.enrol('support'),
  };
  world.control.takeRoster(world.identity.roster);
  const asked: string[] = [];
  const hooks = hooksInto(world);
  const who = presenter(world, callers);
  let read = 0;
  return {
    async ask(caller, { tool, args, handle, trace: traced, signal }) {
      const call = { kind: 'invoke', tool, args, handle, ...(traced ? { trace } : {}) } as const;
      const outcome = await world.send(await who(caller), call, signal);
      if (outcome.kind === 'held') asked.push(outcome.approval.approvalId);
      return outcome;
    },
    list: async (caller, cursor) => world.send(await who(caller), { kind: 'list', cursor }),
    greet: async (caller) => world.send(await who(caller), { kind: 'greet' }),
    notice: async (caller) => world.send(await who(caller), { kind: 'notice' }),
    async refuse(caller, why) {
      const reason = refusal(`admit/${why}`);
      return world.send(await who(caller), { kind: 'refused', reason });
    },
    look: async () => (await world.look())?.code,
    change: (change) => applyChange({ world, callers, asked }, change),
    unrecordable: (type) => void (world.recordsFail = type),
    labelsFail: (fail) => void (world.labelsFail = fail),
    duringCall: (act) => void (hooks.call = act),
    duringLook: (act) => void (hooks.look = act),
    written() {
      const fresh = world.records.slice(read);
      read = world.records.length;
      return fresh.map((draft) => ({ draft, body: world.bodies.get(draft) }));
    },
  };
}

function documentsOf(which: GoldenDocuments) {
  return {
    definitions: goldenDefinitions,
    pinned: goldenPinned,
    secrets: { key: secretValue, other: `${secretValue}-other` },
    ...goldenDocuments[which],
  };
}

interface Hooks {
  call: (() => Promise<void>) | undefined;
  look: (() => Promise<void>) | undefined;
}

function hooksInto(world: GatewayWorld): Hooks {
  const hooks: Hooks = { call: undefined, look: undefined };
  const once = async (which: keyof Hooks): Promise<void> => {
    const act = hooks[which];
    hooks[which] = undefined;
    await act?.();
  };
  world.onCall = async (invocation) => {
    world.identity.clock.advance(3);
    await once('call');
    return goldenAnswer(invocation);
  };
  world.onLook = () => once('look');
  return hooks;
}

function presenter(world: GatewayWorld, callers: Callers) {
  const { clock, enrolment } = world.identity;
  let bearer: { readonly token: string; readonly until: number } | undefined;
  const unbound = async (): Promise<Presented> => {
    if (bearer === undefined || bearer.until <= clock.now()) {
      const ask = { tenant: 'main', agent: 'worker', by: 'ada' };
      const { accessToken } = await enrolment.issueUnboundToken(ask);
      bearer = { token: accessToken, until: clock.now() + limits.unboundTokenMs / 2 };
    }
    return presented({ authorization: `Bearer ${bearer.token}` });
  };
  const wrongKey = async (): Promise<Presented> => {
    const { authorization } = await world.present(callers.first);
    const accessToken = String(authorization).slice('DPoP '.length);
    const nonce = world.parts.identity.nonce(clock.now());
    return proven({ key: callers.second.key, accessToken, nonce, now: clock.now() });
  };
  return async (caller: GoldenCaller): Promise<Presented> => {
    switch (caller) {
      case 'first':
      case 'second':
      case 'stranger':
        return world.present(callers[caller]);
      case 'unbound':
        return unbound();
      case 'nobody':
        return presented({});
      case 'garbled':
        return presented({ authorization: 'Bearer a.b.c' });
      case 'wrong-key':
        return wrongKey();
    }
  };
}

interface Room {
  readonly world: GatewayWorld;
  readonly callers: Callers;
  /** Ids of what was asked of people. */
  readonly asked: readonly string[];
}

async function applyChange(room: Room, change: GoldenChange): Promise<void> {
  const { world } = room;
  switch (change.kind) {
    case 'documents':
      return world.publish(documentsOf(change.which));
    case 'stop':
      return world.overlay(...overlayOf(change.what, room));
    case 'release':
      return world.release();
    case 'shown':
      return show(world, change.how);
    case 'raise':
      return world.raise(['integrity:untrusted']);
    case 'gateways':
      return world.control.takeGateways(change.count, change.count);
    case 'advance':
      world.identity.clock.advance(change.ms);
      return change.alone ? undefined : world.confirm();
    case 'forget-keys':
      return world.control.takeRoster({ ...nextRoster(world), instances: {} });
    case 'know-keys':
      return world.control.takeRoster(nextRoster(world));
    case 'verdict':
      return decide(room, change.say);
    case 'flush':
      return flush(world);
    case 'shut-down':
      return world.control.shutDown();
  }
}

function nextRoster(world: GatewayWorld) {
  return { ...world.identity.roster, number: world.parts.state.roster.number + 1 };
}

function overlayOf(what: GoldenStop, { callers }: Room): [StopTarget, OverlayReason] {
  const tenant = 'main';
  const agent = { kind: 'agent', tenant, agent: 'worker' } as const;
  const { instance } = callers.first.enrolled;
  const targets = {
    all: [{ kind: 'all' }, 'stop'],
    tenant: [{ kind: 'tenant', tenant }, 'stop'],
    agent: [agent, 'stop'],
    instance: [{ kind: 'instance', tenant, instance }, 'stop'],
    server: [
      { kind: 'target', tenant, target: { kind: 'tool', owner: 'fake', name: undefined } },
      'stop',
    ],
    tool: [
      { kind: 'target', tenant, target: { kind: 'tool', owner: 'fake', name: 'pay' } },
      'stop',
    ],
    suspend: [agent, 'suspend'],
    revoke: [{ kind: 'instance', tenant, instance }, 'revoke'],
    quarantine: [
      { kind: 'target', tenant, target: { kind: 'tool', owner: 'fake', name: 'read' } },
      'quarantine',
    ],
  } as const satisfies Record<GoldenStop, readonly [StopTarget, OverlayReason]>;
  return [...targets[what]];
}

function show(world: GatewayWorld, how: 'pinned' | 'drifted' | 'fewer' | 'nothing'): void {
  const changed = {
    type: 'object',
    properties: { mode: { type: 'string' }, to: {} },
  } as JsonObject;
  const shown = {
    pinned: goldenDefinitions,
    drifted: goldenDefinitions.map((one) =>
      one.name === 'pay' || one.name === 'fetch' ? definition(one.name, changed) : one,
    ),
    fewer: goldenDefinitions.slice(0, 4),
    nothing: [],
  };
  world.shown = shown[how];
}

/** A person decides about the newest question that is still open; of none, nothing happens. */
async function decide({ world, asked }: Room, verdict: 'approve' | 'reject' | 'withdraw') {
  const now = world.identity.clock.now();
  for (const id of asked.toReversed()) {
    const approval = await world.ledger.byId('main', id);
    if (approval?.state !== 'pending' || now >= approval.expiresAt) continue;
    const yes = { verdict, by: 'ada', reason: 'seen' } as const;
    await world.ledger.decide({ tenant: 'main', id, ...yes, now, grantExpiresAt: now + 60_000 });
    return;
  }
}

/** What is counted is written, as the chore beside the path does it. */
async function flush({ parts, identity }: GatewayWorld): Promise<void> {
  const due = parts.refusals.due(identity.clock.now(), true);
  await parts.recorder.recordAll(due).catch(() => parts.refusals.unrecorded(due));
}
