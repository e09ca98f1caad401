import type { StageName, Stages } from '#gateway/index.ts';
import type { ActionKind } from '#kernel/call.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import { presented, type TestInstance } from './fakes/identity-world.ts';
import type { GatewayWorld } from './fakes/gateway-world.ts';
import { documents, type Way, ways } from './path-ways.ts';

export type Gate = keyof Stages;

export interface Room {
  readonly world: GatewayWorld;
  readonly worker: TestInstance;
  /** What is asked, with what had to be there first. */
  readonly ask: Way['ask'];
}

/** What happens to a call, and the one word with which its stage, and no other, stops it. */
export interface Danger {
  readonly gate: Gate;
  readonly code: string;
  /** Where the record says that it ended; at the stage itself unless it is given. */
  readonly endsAt?: StageName | 'unsaid';
  /** Windows that had left before it came; none unless it is given. */
  readonly released?: number;
  /** Of which ways it is a danger; all that have the stage unless it is given. */
  readonly of?: (way: Way) => boolean;
  bring?(room: Room, way: Way): Promise<void> | void;
  /** What is asked then; what is usual unless it is given. */
  ask?(way: Way): Pick<Way, 'ask' | 'looksAt'>;
  /** What the caller presents; what proves who it is unless it is given. */
  readonly presents?: typeof presented;
}

const reads = '@id("all") permit(principal, action, resource);';
const isOurs = ({ looksAt }: Way): boolean => looksAt !== undefined;
const isTheirs = (way: Way): boolean => !isOurs(way);

const asksSomebody = ({ asksNobody }: Way): boolean => asksNobody !== true;

const untrusted = {
  ...documents,
  server: { ...documents.server, tools: {} },
  provider: { ...documents.provider, models: { echo: {} } },
  policies: [reads],
};

const broken = () => {
  throw new TypeError('broken');
};

export const dangers: readonly Danger[] = [
  {
    gate: 'admit',
    endsAt: 'unsaid',
    code: 'gateway/shutting-down',
    bring: ({ world }) => world.control.shutDown(),
  },
  {
    gate: 'identify',
    endsAt: 'unsaid',
    code: 'identity/missing',
    presents: presented,
    of: asksSomebody,
    // What comes over a front is nobody's own, whatever it says that it is.
    ask: ({ ask }) => ({ ask }),
  },
  {
    gate: 'standing',
    // A suspension is asked again at lend, on purpose; a rate is asked here alone.
    code: 'standing/rate',
    of: isTheirs,
    async bring({ world }) {
      const rate = { perMinute: 1, burst: 1 };
      await world.publish({ ...documents, agent: { rate } });
      const { rates, state, tools } = world.parts;
      const view = state.configuration?.of(tools);
      const agent = view?.agent({ tenant: 'main', agent: 'worker' } as Principal);
      if (agent !== undefined) void rates.agent('main', agent, world.identity.clock.monotonic());
    },
  },
  {
    gate: 'standing',
    code: 'stop/unconfirmed',
    of: isOurs,
    bring: ({ world }) => world.identity.clock.advance(limits.stopLeaseMs + 1),
  },
  {
    gate: 'inspect-in',
    code: 'semantic/secret-in-arguments',
    of: ({ secret }) => secret !== undefined,
    ask: ({ ask, secret }) => ({ ask: secret ?? ask }),
  },
  {
    gate: 'inspect-in',
    code: 'policy/denied',
    endsAt: 'decide',
    // What its task has read before is found here alone.
    async bring({ world, worker }) {
      const forbidden =
        '@id("no") forbid(principal, action, resource) when { context.labels.contains("integrity:untrusted") };';
      await world.publish({ ...documents, policies: [reads, forbidden] });
      const read = ways['resource-read'];
      if (read === undefined) throw new Error('nothing can be read');
      const { onExchange } = world;
      world.onExchange = () => ({ kind: 'answer', result: read.answer ?? {}, bytes: 2 });
      await world.send(await world.present(worker), read.ask);
      world.onExchange = onExchange;
    },
  },
  {
    gate: 'decide',
    code: 'policy/denied',
    of: isTheirs,
    bring: ({ world }) =>
      world.publish({ ...documents, policies: ['@id("no") forbid(principal, action, resource);'] }),
  },
  {
    gate: 'approve',
    endsAt: 'unsaid',
    code: 'held',
    bring: ({ world }) =>
      world.publish({
        ...documents,
        policies: ['@id("two") @approval("dba") forbid(principal, action, resource);'],
      }),
  },
  {
    gate: 'intend',
    code: 'audit/unavailable',
    bring: ({ world }) => void (world.recordsFail = 'policy.intent'),
  },
  {
    gate: 'lend',
    of: asksSomebody,
    code: 'credentials/unknown-secret',
    bring: ({ world }) => world.publish({ ...documents, secrets: {} }),
  },
  {
    gate: 'forward',
    of: asksSomebody,
    code: 'gateway/internal',
    bring: ({ world }) =>
      void Object.assign(world, {
        onCall: broken,
        onExchange: broken,
        onGenerate: broken,
        onLook: broken,
      }),
  },
  ...(['inspect-out', 'inspect-window'] as const).map((gate) => ({
    gate,
    endsAt: 'inspect-out' as const,
    code: 'semantic/label-unavailable',
    of: isTheirs,
    async bring({ world }: Room) {
      await world.publish(untrusted);
      world.labelsFail = true;
    },
  })),
  {
    gate: 'inspect-window',
    endsAt: 'inspect-out',
    code: 'stop/active',
    released: 1,
    bring: ({ world }) =>
      void (world.onWindow = () => {
        if (world.released.length === 1) world.overlay({ kind: 'all' }, 'stop');
      }),
  },
  {
    gate: 'settle-window',
    endsAt: 'inspect-out',
    code: 'audit/outcome-unrecorded',
    bring: ({ world }) => void (world.recordsFail = 'policy.outcome-part'),
  },
  {
    gate: 'settle',
    endsAt: 'unsaid',
    released: 2,
    code: 'audit/outcome-unrecorded',
    bring({ world }) {
      const types = ['policy.outcome', 'policy.listed', 'gateway.greeted', 'gateway.noticed'];
      const { recorder } = world.parts;
      const record = recorder.record.bind(recorder);
      const full: typeof record = (draft, body) =>
        types.includes(draft.type) ? Promise.reject(new Error('full')) : record(draft, body);
      Object.assign(recorder, { record: full });
    },
  },
];

/** What the stage of a kind never has to stop, and why. */
export const harmless: Readonly<Partial<Record<`${ActionKind} ${Gate}`, string>>> = {
  'result-page identify':
    'a cursor finds nothing for whoever is not the instance that it was told to, in its task',
  'result-page lend': 'nobody is asked, so nothing is lent',
  'result-page forward': 'nobody is asked: what is told next is kept here already',
  'refresh decide':
    'what the gateway itself asks is decided by a fixed answer, which policy only adds to',
  'refresh inspect-out':
    'a list carries no labels: nothing of it is told before a human approved it, and what carries ' +
    'a credential was refused on its way in',
};
