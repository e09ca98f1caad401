import { z } from 'zod';
import { problem } from './policy-shapes.ts';
import { time } from './shapes.ts';

const rules = z.strictObject({
  from: z.array(z.string()).readonly(),
  to: z.array(z.string()).readonly(),
});

const change = z.strictObject({
  agent: z.string(),
  user: z.string().nullable(),
  target: z.string(),
  from: z.string(),
  to: z.string(),
  way: z.enum(['more', 'less', 'other']),
  calls: z.number(),
  rules,
  examples: z.array(z.string()).readonly(),
  first: time,
  last: time,
});

export const replayed = z.strictObject({
  /** Where the policies cannot be in force, nothing was judged. */
  problems: z.array(problem),
  since: time,
  until: time,
  policyDigest: z.string().nullable(),
  /** Names all of what is told below, with the span and both configurations: what a reviewer refers to. */
  result: z.string().nullable(),
  records: z.number(),
  judged: z.number(),
  forUsers: z.number(),
  same: z.number(),
  changes: z.array(change),
  more: z.number(),
  movedSince: z.number(),
  skipped: z.array(z.strictObject({ why: z.string(), calls: z.number() })),
  reach: z
    .array(z.strictObject({ origin: z.string(), from: z.number(), to: z.number() }))
    .readonly(),
  isWhole: z.boolean(),
  /** It is not done, and nothing above says anything yet: ask on by this id. */
  running: z.strictObject({ id: z.string(), records: z.number(), of: z.number() }).nullable(),
});

export type Replayed = z.infer<typeof replayed>;
