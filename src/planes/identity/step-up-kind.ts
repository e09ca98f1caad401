import { z } from 'zod';
import { type DocumentKind, documentProblems } from '#contracts/document-kind.ts';
import { guardedActs, stepUps } from '#contracts/step-up.ts';
import type { StepUpEntry } from '#kernel/snapshot.ts';

const word = z.string().trim().min(1).max(256);
const words = z.array(word).max(32).default([]);
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const time = z
  .string()
  .regex(/^[1-9]\d{0,4}[smh]$/, 'a time such as `30s`, `5m` or `12h`')
  .transform((text) => Number(text.slice(0, -1)) * (unitMs[text.slice(-1)] ?? 0));

const stepUpSpec = z
  .strictObject({
    acts: z.array(z.enum(guardedActs)).min(1),
    acr: words,
    amr: words,
    within: time.optional(),
    approvalClass: word.optional(),
  })
  .refine(
    ({ acr, amr, within }) => acr.length + amr.length > 0 || within !== undefined,
    'give `acr`, `amr` or `within`: it asks for nothing',
  )
  .refine(
    ({ acts, approvalClass }) => approvalClass === undefined || acts.join() === 'approve',
    '`approvalClass` goes with `acts: [approve]` and nothing else',
  );

/** How a person must have signed in to do something. */
export const stepUpKind: DocumentKind<StepUpEntry> = {
  kind: 'StepUp',
  section: stepUps,
  schema: stepUpSpec,
  // INVARIANT: no change of it is a tightening: one that nobody can satisfy keeps all of them from every act.
  risk: { lists: { acts: 'set', amr: 'set', acr: 'set' }, tightenings: [] },
  writtenBy: 'admin',
  parse(name, given) {
    const parsed = stepUpSpec.safeParse(given);
    if (!parsed.success) {
      const problems = documentProblems('StepUp', given, parsed.error.issues, stepUpSpec);
      return { kind: 'problems', problems };
    }
    const { within, approvalClass, ...spec } = parsed.data;
    const entry: StepUpEntry = {
      ...spec,
      name,
      ...(within === undefined ? {} : { withinMs: within }),
      ...(approvalClass === undefined ? {} : { approvalClass }),
    };
    return { kind: 'parsed', entry, references: [] };
  },
};
