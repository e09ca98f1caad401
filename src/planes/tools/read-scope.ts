import { z } from 'zod';
import { documentProblems } from '#contracts/document-kind.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TaskScope } from '#kernel/snapshot.ts';
import { effectClasses } from '#kernel/tool.ts';
import { listedSpec, listsSomething, readListed } from './manifest-kind.ts';

const scopeSpec = listedSpec
  .omit({ sensitivity: true })
  .extend({ effects: z.array(z.enum(effectClasses)).min(1).optional() });

/**
 * What a task is narrowed to, written like a Manifest. Without anything listed it is narrowed by effects
 * alone. Throws `api/invalid` with every problem.
 */
export function readScope(given: JsonObject): TaskScope {
  const parsed = scopeSpec.safeParse(given);
  if (!parsed.success)
    throw invalid(documentProblems('scope', given, parsed.error.issues, scopeSpec));
  const { effects, ...lists } = parsed.data;
  const classes = effects === undefined ? {} : { effects: [...new Set(effects)] };
  const listed = { ...lists, sensitivity: 'sensitive' as const };
  if (!listsSomething[0](listed)) return classes;
  const read = readListed('scope', listed);
  if (read.kind === 'problems') throw invalid(read.problems);
  return { targets: read.entry.targets, ...classes };
}

function invalid(
  problems: readonly { readonly path: readonly (string | number)[]; readonly message: string }[],
): BailiwickError {
  return new BailiwickError('api/invalid', {
    message: 'this is not what a task can be narrowed to',
    details: {
      problems: problems.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`),
    },
  });
}
