import { beforeEach, describe, expect, it } from 'vitest';
import { oweUserSaid } from '#contracts/owed.ts';
import type { Approval } from '#kernel/grant.ts';
import type { Snapshot, StepUpEntry } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { OwedRecord } from './record-owed.ts';
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
      session: 's1',
      targetDigest: 'd'.repeat(64),
    },
    context: { task: 't1', callId: 'c1', effectClass: 'write', doubts: [doubt], ...over },
  } as unknown as Approval;
}

let approval: Approval | undefined;
let byUser: readonly string[];
let stepUps: Record<string, StepUpEntry>;
let fault: Error | undefined;
let decided: object[];
let recorded: OwedRecord[];
const clock = new ManualClock();

beforeEach(() => {
  approval = held();
  byUser = ['recipient'];
  stepUps = {};
  fault = undefined;
  decided = [];
  recorded = [];
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
  records: { record: async (owed) => void recorded.push(...owed) },
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
    expect(recorded).toEqual([]);
  });

  it.each([
    ['no document does', () => (byUser = []), 'not-theirs'],
    ['it is of another kind', () => (byUser = ['amount']), 'not-theirs'],
    [
      'it is decided already',
      () => (approval = { ...held(), state: 'approved' }),
      'approvals/not-pending',
    ],
    ['nobody knows it', () => (approval = undefined), 'approvals/unknown'],
    ['nothing of it is a doubtful value', () => (approval = held({ doubts: [] })), 'not-theirs'],
    [
      'the call itself is doubtful too',
      () => (approval = held({ doubts: [doubt, { ...doubt, argument: undefined }] })),
      'not-theirs',
    ],
    [
      'the user said no to it',
      () => (approval = held({ doubts: [{ ...doubt, why: 'unwanted' }] })),
      'not-theirs',
    ],
    [
      'more is doubtful than is named to them',
      () => (approval = held({ doubts: Array.from({ length: 9 }, () => doubt) })),
      'not-theirs',
    ],
    [
      'who approves must have signed in anew',
      () => {
        const base = { name: 's', acr: [], amr: ['hwk'] };
        stepUps = { s: { ...base, acts: ['approve'] } };
      },
      'not-theirs',
    ],
    [
      'the class is another',
      () => {
        const of = held();
        approval = { ...of, binding: { ...of.binding, approvalClass: 'write' } };
      },
      'not-theirs',
    ],
    [
      'nobody is known to be the user',
      () => (approval = held({ task: undefined })),
      'user-unknown',
    ],
  ])('decides nothing where %s, and is on record', async (_, change, why) => {
    change();
    await react();
    expect(decided).toEqual([]);
    expect(recorded).toMatchObject([
      {
        name: 'user-said-a1',
        draft: {
          type: 'approval.reconciled',
          approval: { id: 'a1' },
          details: { verdict: 'approve', applied: 'no', through: 'elicitation', why },
        },
      },
    ]);
  });

  it('says in its record whose reply it was, and about what call', async () => {
    byUser = [];
    await react('reject');
    expect(recorded[0]?.draft).toMatchObject({
      session: 's1',
      call: 'c1',
      approval: { by: 'user/ada', class: 'unproved-value' },
      target: { target: 'tool:mail/send' },
      details: { verdict: 'reject', state: 'pending' },
    });
  });

  it('is told twice: what it decided the first time is no reply that was dropped', async () => {
    approval = { ...held(), state: 'spent', decidedBy: 'user/ada' };
    await react();
    expect([decided, recorded]).toEqual([[], []]);
  });

  it.each(['approvals/not-pending', 'approvals/expired', 'approvals/changed'] as const)(
    'is over by %s, and on record',
    async (code) => {
      fault = new BailiwickError(code);
      await react();
      expect(recorded).toMatchObject([{ draft: { details: { applied: 'no', why: code } } }]);
    },
  );

  it('is done again after any other fault', async () => {
    fault = new BailiwickError('store/unavailable');
    await expect(react()).rejects.toThrow('store');
    expect(recorded).toEqual([]);
  });
});
