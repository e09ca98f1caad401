import type { Turn, Wanted } from './script.ts';
import type { FrameworkWorld } from './world.ts';

/** One control, as an agent meets it that is driven by a script. */
export interface Control {
  readonly key: string;
  readonly name: string;
  readonly turns: (world: FrameworkWorld, agent: string) => readonly Turn[];
  /** What reached the tool server, in its order; a number is the most of however many were asked. */
  readonly reaches: readonly string[] | number;
  /** What is on record of it, each `TYPE METHOD CODE`, or the effect where nothing was refused. */
  readonly records: readonly string[];
  /** The code that tells why something was not done. */
  readonly code?: string;
  /** How the agent ends hangs on the moment. */
  readonly endsAsItMay?: true;
  /** It asks for what no agent was offered. */
  readonly isUnlisted?: true;
}

const call = (tool: string, args: Wanted['args']): Wanted => ({ tool, args });
const says = (...calls: Wanted[]): Turn => ({ calls });
const done = 'policy.outcome tools/call done';
const held = 'gateway.held tools/call none';
const refused = (code: string): string => `gateway.refused tools/call ${code}`;
const most = 40;

export const controls: readonly Control[] = [
  {
    key: 'allowed',
    name: 'a call that is allowed',
    turns: () => [says(call('echo', { text: 'hello' }))],
    reaches: ['echo'],
    records: [done],
  },
  {
    key: 'forbidden',
    name: 'a call that policy forbids',
    turns: () => [says(call('note', { text: 'forbidden' }))],
    reaches: [],
    records: [refused('policy/denied')],
    code: 'policy/denied',
  },
  {
    key: 'unlisted',
    name: 'a tool that was never offered',
    turns: () => [says(call('sleep', { ms: 1 }))],
    reaches: [],
    records: [refused('tools/not-visible')],
    isUnlisted: true,
    code: 'tools/not-visible',
  },
  {
    key: 'bounded',
    name: 'an argument out of bounds',
    turns: () => [says(call('pay', { to: 'bob', amount: 1001 }))],
    reaches: [],
    records: [refused('tools/outside-envelope')],
    code: 'tools/outside-envelope',
  },
  {
    key: 'held',
    name: 'a held call, and the same after a yes',
    turns: (world, agent) => [
      says(call('pay', { to: agent, amount: 7 })),
      { meanwhile: () => world.approveAll(), calls: [call('pay', { to: agent, amount: 7 })] },
    ],
    reaches: ['pay'],
    records: [held, done],
    code: 'approvals/pending',
  },
  {
    key: 'tainted',
    name: 'a free write after untrusted content',
    turns: () => [
      says(call('note', { text: 'before' })),
      says(call('untrusted', {})),
      says(call('note', { text: 'after' })),
    ],
    reaches: ['note', 'untrusted'],
    records: [done, held],
    code: 'approvals/pending',
  },
  {
    key: 'stopped-tool',
    name: 'a stop of the tool in the middle',
    turns: (world) => [
      says(call('echo', { text: 'before' })),
      {
        meanwhile: () => world.admin('/v1/stops', { target: echo, reason: 'test' }),
        calls: [call('echo', { text: 'after' })],
      },
    ],
    reaches: ['echo'],
    records: [done, refused('stop/active')],
    code: 'stop/active',
  },
  {
    key: 'stopped',
    name: 'a stop of the agent in the middle',
    turns: (world, agent) => [
      says(call('echo', { text: 'before' })),
      {
        meanwhile: () =>
          world.admin('/v1/stops', { target: { kind: 'agent', name: agent }, reason: 'test' }),
        calls: [call('echo', { text: 'after' })],
      },
    ],
    reaches: ['echo'],
    records: [done, 'policy.outcome chat/completions stop/active'],
    code: 'stop/active',
  },
  {
    key: 'hurried',
    name: `${most} calls at once over a rate`,
    turns: () => [
      says(...Array.from({ length: most }, (_, at) => call('echo', { text: `${at}` }))),
    ],
    reaches: most - 1,
    records: [done, refused('standing/rate')],
    code: 'standing/rate',
    endsAsItMay: true,
  },
];

const echo = { kind: 'tool', name: 'fake/echo' };

/** What is left behind for whoever comes after. */
export async function lift({ key }: Control, world: FrameworkWorld): Promise<void> {
  if (key !== 'stopped-tool') return;
  await world.admin('/v1/stops/release', { target: echo, reason: 'test' });
}
