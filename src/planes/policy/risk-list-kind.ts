import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { section } from '#contracts/section.ts';

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -');
const action = z
  .string()
  .regex(/^[^\s"/]{1,64}\/[^\s"]{1,200}$/, 'write SERVER/TOOL, as rules name it');

const classSpec = z.strictObject({
  owner: z.string().trim().min(1).max(200),
  why: z.string().trim().min(1).max(2_000),
  actions: z.array(action).min(1).max(1_000),
});

const riskListSpec = z.strictObject({
  classes: z
    .record(name, classSpec)
    .refine((all) => Object.keys(all).length > 0, 'name at least one class'),
});

/** Actions for which a person is asked, by class, with whoever answers for the class. */
export interface RiskListEntry {
  readonly name: string;
  readonly classes: Readonly<
    Record<
      string,
      { readonly owner: string; readonly why: string; readonly actions: readonly string[] }
    >
  >;
}

export const riskLists = section<RiskListEntry>('riskLists');

/**
 * `kind: RiskList`: which actions are risky, in one place that people can read, compare and sign. It decides nothing:
 * rules do. Where there is one, a rule that asks for what no list has is a problem.
 */
export const riskListKind: DocumentKind<RiskListEntry> = {
  kind: 'RiskList',
  section: riskLists,
  schema: riskListSpec,
  parse(list, given) {
    const parsed = riskListSpec.safeParse(given);
    if (parsed.success)
      return { kind: 'parsed', entry: { name: list, ...parsed.data }, references: [] };
    const { issues } = parsed.error;
    return {
      kind: 'problems',
      problems: documentProblems('RiskList', given, issues, riskListSpec),
    };
  },
};
