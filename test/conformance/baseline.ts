import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Excused } from './compare.ts';

const shape = z.record(
  z.string(),
  z.array(z.strictObject({ reason: z.string().min(20), checks: z.array(z.string()).min(1) })),
);

/** What is lost through the gateway, and why: by set. */
export function readBaseline(): Readonly<Record<string, readonly Excused[]>> {
  const text = readFileSync(join(import.meta.dirname, 'baseline.yaml'), 'utf8');
  return Object.fromEntries(
    Object.entries(shape.parse(parse(text) ?? {})).map(([set, groups]) => [
      set,
      groups.flatMap(({ reason, checks }) => checks.map((check) => ({ check, reason }))),
    ]),
  );
}
