import { z } from 'zod';
import {
  type ApprovalRuleEntry,
  approvalRules,
  excludable,
  mostYeses,
} from '#contracts/approval-rules.ts';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { roles } from '#kernel/principal.ts';
import { effectClasses } from '#kernel/tool.ts';

const word = z.string().trim().min(1).max(256);

const approvalRuleSpec = z
  .strictObject({
    approvalClass: word.optional(),
    effects: z.array(z.enum(effectClasses)).max(effectClasses.length).default([]),
    quorum: z.int().min(1).max(mostYeses).default(1),
    exclude: z.array(z.enum(excludable)).max(excludable.length).default([]),
    roles: z.array(z.enum(roles)).max(roles.length).default([]),
    people: z.array(word).max(64).default([]),
  })
  .refine(
    ({ quorum, ...lists }) =>
      quorum > 1 || lists.exclude.length + lists.roles.length + lists.people.length > 0,
    'give `quorum`, `exclude`, `roles` or `people`: it asks for nothing',
  )
  .refine(
    ({ quorum, people }) => people.length === 0 || new Set(people).size >= quorum,
    '`people` names fewer than `quorum` asks for: nobody could ever say yes',
  );

/** What a yes takes: how many people, which, and who may not. */
export const approvalRuleKind: DocumentKind<ApprovalRuleEntry> = {
  kind: 'ApprovalRule',
  section: approvalRules,
  schema: approvalRuleSpec,
  // INVARIANT: no change of it is a tightening: one that nobody can satisfy holds every call of its class for ever.
  risk: { lists: { effects: 'set', exclude: 'set', roles: 'set', people: 'set' }, tightenings: [] },
  writtenBy: 'admin',
  parse(name, given) {
    const parsed = approvalRuleSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems(
        'ApprovalRule',
        given,
        parsed.error.issues,
        approvalRuleSpec,
      );
      return { kind: 'problems', problems };
    }
    const { approvalClass, ...spec } = parsed.data;
    const entry: ApprovalRuleEntry = {
      ...spec,
      name,
      ...(approvalClass === undefined ? {} : { approvalClass }),
    };
    return { kind: 'parsed', entry, references: [] };
  },
};
