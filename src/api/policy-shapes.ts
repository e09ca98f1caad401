import { z } from 'zod';
import type { PartProblem } from '#contracts/plane-part.ts';

export const policyText = z.strictObject({
  name: z.string().min(1).max(64),
  cedar: z.string().max(262_144),
});

export const problem = z.strictObject({
  policy: z.string(),
  message: z.string(),
  line: z.number().nullable(),
  column: z.number().nullable(),
});

export function toProblem({
  document,
  message,
  line,
  column,
}: PartProblem): z.infer<typeof problem> {
  return {
    policy: document?.name ?? '',
    message,
    line: line ?? null,
    column: column ?? null,
  };
}
