import type { Role } from '#kernel/principal.ts';
import type { TenantSnapshot } from '#kernel/snapshot.ts';
import type { EffectClass } from '#kernel/tool.ts';
import { entriesOf, type NamedEntry, section } from './section.ts';

/** Who may not decide about their own affair. */
export const excludable = ['requester', 'user', 'owner'] as const;

export type Excluded = (typeof excludable)[number];

/** What a yes takes, beside the role: from a document. */
export interface ApprovalRuleEntry extends NamedEntry {
  /** Only of what is held with this class; undefined: of any. */
  readonly approvalClass?: string;
  /** Only of calls of these effects; empty: of any. */
  readonly effects: readonly EffectClass[];
  /** So many distinct people. */
  readonly quorum: number;
  readonly exclude: readonly Excluded[];
  /** One of these must be held by each of them; empty: whoever may approve. */
  readonly roles: readonly Role[];
  /** Nobody else; empty: anybody. */
  readonly people: readonly string[];
}

export const approvalRules = section<ApprovalRuleEntry>('approvalRules');

/** INVARIANT: each of them must be satisfied: another document takes nothing away. */
export function rulesFor(
  tenant: TenantSnapshot | undefined,
  of: { readonly approvalClass: string; readonly effectClass: EffectClass },
): readonly ApprovalRuleEntry[] {
  return Object.values(entriesOf(tenant, approvalRules)).filter(
    ({ approvalClass, effects }) =>
      (approvalClass === undefined || isAmong(approvalClass, of.approvalClass)) &&
      (effects.length === 0 || effects.includes(of.effectClass)),
  );
}

/** INVARIANT: classes that are asked together are each asked: a document about one of them is about the call. */
function isAmong(one: string, asked: string): boolean {
  return one === asked || asked.split('+').includes(one);
}

export const mostYeses = 8;
