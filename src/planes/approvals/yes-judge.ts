import { type ApprovalRuleEntry, type Excluded, rulesFor } from '#contracts/approval-rules.ts';
import type { DelegationBook } from '#contracts/delegation-book.ts';
import type { DirectoryBook } from '#contracts/directory-book.ts';
import type { PeopleBook } from '#contracts/people-book.ts';
import type { TaskBook } from '#contracts/task-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Approval, ApprovalYes } from '#kernel/grant.ts';
import { canonicalText } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { foldedName, holdsRole, isSamePerson, type Role } from '#kernel/principal.ts';
import type { Snapshot, TenantSnapshot } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { type SealKeys, shownDigestOf } from './seal.ts';

export interface YesJudgeParts {
  readonly keys: SealKeys;
  /** What is in force; undefined before anything is. */
  readonly snapshot: () => Snapshot | undefined;
  readonly clock: Clock;
  readonly people: Pick<PeopleBook, 'byName' | 'elevations' | 'list'>;
  readonly directory: Pick<DirectoryBook, 'isConnected' | 'presence'>;
  /** Who began the task. */
  readonly tasks: Pick<TaskBook, 'get'>;
  /** Whose work it was before it was handed on. */
  readonly delegations: Pick<DelegationBook, 'ofTask'>;
}

/** What a yes to one approval takes now. */
export interface AskedOfYes {
  readonly rules: readonly ApprovalRuleEntry[];
  readonly quorum: number;
  /** Names as they are compared, with why. INVARIANT: whoever is excluded is so in any spelling; nobody is let in by one. */
  readonly shut: ReadonlyMap<string, Excluded | 'newer'>;
}

export type WhyNot = Excluded | 'newer' | 'role' | 'people';

type Yes = Omit<ApprovalYes, 'seal'>;

/** Judges yeses by the documents in force and by who people are now. INVARIANT: what cannot be known is no yes. */
export interface YesJudge {
  asked(approval: Approval): Promise<AskedOfYes>;
  sealed(approval: Approval, yes: Yes): ApprovalYes;
  /** Those that count at this moment, of distinct people. */
  counting(approval: Approval, asked: AskedOfYes): Promise<readonly ApprovalYes[]>;
  /** What somebody who gave a yes may now; undefined: they may not approve any more. */
  approverNow(
    tenant: string,
    giver: Pick<ApprovalYes, 'by' | 'heldByProvider'>,
  ): Promise<readonly Role[] | undefined>;
  /** Undefined: it may be spent. */
  problem(approval: Approval): Promise<'yes-gone' | 'not-sealed' | undefined>;
}

export function createYesJudge(parts: YesJudgeParts): YesJudge {
  const judge: YesJudge = {
    asked: (approval) => askedOf(parts, approval),
    sealed: (approval, yes) => ({ ...yes, seal: sealOf(parts.keys, approval, yes) }),
    async counting(approval, asked) {
      const found: ApprovalYes[] = [];
      for (const yes of approval.yeses) {
        if (found.some(({ by }) => isSamePerson(by, yes.by))) continue;
        if (await counts(parts, approval, { yes, asked })) found.push(yes);
      }
      return found;
    },
    approverNow: (...of) => approverNow(parts, ...of),
    async problem(approval) {
      const sealed = approval.yeses.filter((yes) => isSealed(parts.keys, approval, yes));
      const last = Math.max(...sealed.map(({ at }) => at));
      // Also what the store says of how long it lasts.
      const until = approval.grantExpiresAt ?? Number.POSITIVE_INFINITY;
      if (!(until <= last + limits.grantMs)) return 'not-sealed';
      const asked = await askedOf(parts, approval);
      const counting = await judge.counting(approval, asked);
      return counting.length >= asked.quorum ? undefined : 'yes-gone';
    },
  };
  return judge;
}

/** Undefined: theirs counts. */
export function whyNotTheirs(
  { rules, shut }: AskedOfYes,
  { name, roles }: { readonly name: string; readonly roles: readonly Role[] },
): WhyNot | undefined {
  const excluded = shut.get(foldedName(name));
  if (excluded !== undefined) return excluded;
  for (const rule of rules) {
    if (rule.roles.length > 0 && !rule.roles.some((role) => roles.includes(role))) return 'role';
    if (rule.people.length > 0 && !rule.people.includes(name)) return 'people';
  }
  return undefined;
}

/** Whether a document asks more of a yes to it than the role. */
export function isRuled(
  tenant: TenantSnapshot | undefined,
  { binding, context }: Pick<Approval, 'binding' | 'context'>,
): boolean {
  const { approvalClass } = binding;
  return rulesFor(tenant, { approvalClass, effectClass: context.effectClass }).length > 0;
}

async function askedOf(parts: YesJudgeParts, approval: Approval): Promise<AskedOfYes> {
  const snapshot = parts.snapshot();
  if (snapshot === undefined) throw new BailiwickError('approvals/unavailable');
  const { binding, context } = approval;
  const { approvalClass, tenant: of } = binding;
  const tenant = snapshot.tenants[of];
  const rules = rulesFor(tenant, { approvalClass, effectClass: context.effectClass });
  const quorum = Math.max(1, ...rules.map((rule) => rule.quorum));
  const exclude = new Set(rules.flatMap((rule) => rule.exclude));
  const shut = new Map<string, Excluded | 'newer'>();
  const put = (name: string | undefined, why: Excluded) => {
    if (name !== undefined && exclude.has(why)) shut.set(foldedName(name), why);
  };
  // INVARIANT: nobody makes the people whom a document asks for after the question is there.
  for (const one of rules.length === 0 ? [] : await parts.people.list(of))
    if (one.createdAt > approval.requestedAt) shut.set(foldedName(one.name), 'newer');
  const isWorkAsked = exclude.has('requester') || exclude.has('owner');
  const work = isWorkAsked && context.task ? await workOf(parts, of, context.task) : undefined;
  for (const by of work?.begunBy ?? []) put(by, 'requester');
  put(binding.user, 'user');
  put(context.person, 'user');
  for (const agent of [binding.agent, ...(work?.through ?? [])]) {
    put(tenant?.agents[agent]?.owner, 'owner');
  }
  return { rules, quorum, shut };
}

interface Work {
  readonly begunBy: readonly (string | undefined)[];
  /** The agents that handed it on. */
  readonly through: readonly string[];
}

/**
 * INVARIANT: work stays whose it was, through however many hands. Between its root and here nobody else begins a task:
 * those are begun by the agents that hand on, or for the user whom the call names itself.
 */
async function workOf(
  { tasks, delegations }: YesJudgeParts,
  tenant: string,
  id: string,
): Promise<Work> {
  const [task, delegation] = [await tasks.get(tenant, id), await delegations.ofTask(tenant, id)];
  if (delegation === undefined) {
    if (task?.kind === 'delegated') throw new BailiwickError('approvals/unavailable');
    return { begunBy: [task?.begun?.by], through: [] };
  }
  const { root, hops } = delegation;
  const first = root === undefined ? undefined : await tasks.get(tenant, root);
  // It was handed on, and nobody knows from whom.
  if (root !== undefined && first === undefined) throw new BailiwickError('approvals/unavailable');
  return {
    begunBy: [task?.begun?.by, first?.begun?.by],
    through: hops.map(({ agent }) => agent),
  };
}

interface Given {
  readonly yes: ApprovalYes;
  readonly asked: AskedOfYes;
}

async function counts(
  parts: YesJudgeParts,
  approval: Approval,
  { yes, asked }: Given,
): Promise<boolean> {
  const { tenant } = approval.binding;
  if (!isSealed(parts.keys, approval, yes)) return false;
  // INVARIANT: what rules are found by, and who is kept from it, is what the giver was shown, and no later word of the store.
  const isElicited = yes.through === 'elicitation';
  if (!isElicited && yes.shown !== shownDigestOf(approval)) return false;
  // Nobody signed in there: it is enough where no document asks for more.
  if (isElicited) return asked.rules.length === 0;
  const roles = await approverNow(parts, tenant, yes);
  return roles !== undefined && whyNotTheirs(asked, { name: yes.by, roles }) === undefined;
}

async function approverNow(
  parts: YesJudgeParts,
  tenant: string,
  { by, heldByProvider }: Pick<ApprovalYes, 'by' | 'heldByProvider'>,
): Promise<readonly Role[] | undefined> {
  if (await hasLeft(parts, tenant, by)) return undefined;
  const roles = heldByProvider ?? (await rolesOf(parts, tenant, by));
  return roles !== undefined && holdsRole({ roles }, 'approver') ? roles : undefined;
}

/** What somebody known here may at this moment. Undefined: there is nobody of that name. */
async function rolesOf(
  { people, clock }: YesJudgeParts,
  tenant: string,
  name: string,
): Promise<readonly Role[] | undefined> {
  const known = await people.byName(tenant, name);
  if (known === undefined) return undefined;
  const taken = await people.elevations(tenant, name, clock.now());
  return [...known.roles, ...taken.map(({ role }) => role)];
}

/** A directory says so. */
async function hasLeft(
  { directory }: YesJudgeParts,
  tenant: string,
  name: string,
): Promise<boolean> {
  if (!(await directory.isConnected(tenant))) return false;
  return (await directory.presence(tenant, [name])).get(name) === 'inactive';
}

function isSealed(keys: SealKeys, approval: Approval, { seal, ...yes }: ApprovalYes): boolean {
  return seal === sealOf(keys, approval, yes);
}

/** INVARIANT: over whose yes it is, when, and to what: of another approval it is none. */
function sealOf(keys: SealKeys, { id, binding, callDigest, epoch }: Approval, yes: Yes): string {
  const { by, at, reason, shown = null, through = null, heldByProvider: held } = yes;
  const roles = held === undefined ? null : [...held];
  const said = { id, callDigest, epoch, by, at, reason, shown, through, roles };
  return keys.mac(binding.tenant, `approval-yes\n${sha256Hex(canonicalText(said))}`);
}
