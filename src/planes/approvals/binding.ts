import { type ApprovalBinding, callDigestOf } from '#kernel/grant.ts';

/** What the call is, apart from what policy asks for it. Every key of the binding is in one list. */
const callFields = [
  'tenant',
  'agent',
  'instance',
  'user',
  'session',
  'target',
  'targetDigest',
  'argumentsDigest',
] as const satisfies readonly (keyof ApprovalBinding)[];

/** A new field of the binding does not compile until it is compared. */
type Uncompared = Exclude<
  keyof ApprovalBinding,
  (typeof callFields)[number] | 'rules' | 'approvalClass'
>;
const everyFieldIsCompared: [Uncompared] extends [never] ? true : never = true;

export type Fit = 'exact' | 'another-call' | 'another-question';

/** Does a yes to `approved` answer what is `asked` now? */
export function fitOf(approved: ApprovalBinding, asked: ApprovalBinding): Fit {
  const sameCall =
    everyFieldIsCompared && callFields.every((field) => approved[field] === asked[field]);
  if (!sameCall) return 'another-call';
  const sameQuestion = callDigestOf(approved) === callDigestOf(asked);
  return sameQuestion ? 'exact' : 'another-question';
}
