import { beforeEach, describe, expect, it } from 'vitest';
import { oweUserSaid } from '#contracts/owed.ts';
import type { Approval } from '#kernel/grant.ts';
import type { Snapshot, StepUpEntry } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { userSaid, type UserSaidParts } from './user-said.ts';

const doubt = {
  why: 'stranger',
  argument: 'to',
  kind: 'recipient',
  origin: undefined,
  form: undefined,
  lookAlike: false,
  beside: 0,
  value: 'a'.repeat(64),
} as const;

function held(over: Partial<Approval['context']> = {}, user?: string): Approval {
  return {
    id: 'a1',
    state: 'pending',
    binding: {
      tenant: 'main',
      user,
      target: 'tool:mail/send',
      approvalClass: 'unproved-value',
    },
    context: { task: 't1', doubts: [doubt], ...over },
  } as unknown as Approval;
}

let approval: Approval | undefined;
let byUser: readonly string[];
let stepUps: Record<string, StepUpEntry>;
let fault: Error | undefined;
let decided: object[];
const clock = new ManualClock();

beforeEach(() => {
  approval = held();
  byUser = ['recipient'];
  stepUps = {};
  fault = undefined;
  decided = [];
});

const parts: UserSaidParts = {
  approvals: {
    show: async () => approval,
    userDecided: async (said) => {
      if (fault !== undefined) throw fault;
      decided.push(said);
      return held();
    },
  },
  tasks: { get: async () => ({ begun: { by: 'ada' } }) as never },
  snapshot: () => {
    const flow = { sinks: {}, deeds: [], asserted: [], ids: [], names: [], yes: { byUser } };
    const servers = { mail: { tools: { send: { flow } } } };
    return { tenants: { main: { servers, stepUps } } } as unknown as Snapshot;
  },
  clock,
};

const react = (verdict: 'approve' | 'reject' = 'approve') =>
  userSaid(parts).react([oweUserSaid('main', { approval: 'a1', verdict }, clock.now())]);

describe('what a gateway tells that a user said', () => {
  it('decides where a document lets the user, by the name of who began the task or is acted for [SEM-05]', async () => {
    await react();
    approval = held({}, 'ann@idp');
    await react('reject');
    const of = { tenant: 'main', id: 'a1' };
    expect(decided).toEqual([
      { ...of, verdict: 'approve', by: 'ada' },
      { ...of, verdict: 'reject', by: 'ann@idp' },
    ]);
  });

  it.each([
    ['no document does', () => (byUser = [])],
    ['it is of another kind', () => (byUser = ['amount'])],
    ['it is decided already', () => (approval = { ...held(), state: 'approved' })],
    ['nobody knows it', () => (approval = undefined)],
    ['nothing of it is a doubtful value', () => (approval = held({ doubts: [] }))],
    [
      'the call itself is doubtful too',
      () => (approval = held({ doubts: [doubt, { ...doubt, argument: undefined }] })),
    ],
    [
      'the user said no to it',
      () => (approval = held({ doubts: [{ ...doubt, why: 'unwanted' }] })),
    ],
    [
      'more is doubtful than is named to them',
      () => (approval = held({ doubts: Array.from({ length: 9 }, () => doubt) })),
    ],
    [
      'who approves must have signed in anew',
      () => {
        const base = { name: 's', acr: [], amr: ['hwk'] };
        stepUps = { s: { ...base, acts: ['approve'] } };
      },
    ],
    [
      'the class is another',
      () => {
        const of = held();
        approval = { ...of, binding: { ...of.binding, approvalClass: 'write' } };
      },
    ],
    ['nobody is known to be the user', () => (approval = held({ task: undefined }))],
  ])('decides nothing where %s', async (_, change) => {
    change();
    await react();
    expect(decided).toEqual([]);
  });

  it('is over where somebody else was first, and is done again after any other fault', async () => {
    fault = new BailiwickError('approvals/not-pending');
    await react();
    fault = new BailiwickError('store/unavailable');
    await expect(react()).rejects.toThrow('store');
  });
});
