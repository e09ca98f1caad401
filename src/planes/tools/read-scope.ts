import { z } from 'zod';
import { documentProblems } from '#contracts/document-kind.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { TaskAmounts, TaskScope } from '#kernel/snapshot.ts';
import { parseTarget, targetText } from '#kernel/target.ts';
import { effectClasses } from '#kernel/tool.ts';
import { listedSpec, listsSomething, readListed } from './manifest-kind.ts';

const amount = z.int().min(0);

/** As `tool:SERVER/TOOL`, however it was written. */
const sumOf = z
  .strictObject({
    tool: z.string().optional(),
    target: z.string().optional(),
    argument: z.string().min(1).max(200),
    atMost: amount,
  })
  .transform(({ tool, target, ...rest }, context) => {
    const named = parseTarget(tool === undefined ? (target ?? '') : `tool:${tool}`);
    const isOne = (tool === undefined) !== (target === undefined);
    if (named?.name !== undefined && isOne) return { target: targetText(named), ...rest };
    context.addIssue({ code: 'custom', message: 'give `tool: SERVER/TOOL`, or `target`' });
    return z.NEVER;
  });

const scopeSpec = listedSpec.omit({ sensitivity: true }).extend({
  effects: z.array(z.enum(effectClasses)).min(1).optional(),
  calls: amount.min(1).optional(),
  sums: z.array(sumOf).max(limits.taskSums).default([]),
});

/**
 * What a task is narrowed to, written like a Manifest. Without anything listed it is narrowed by effects
 * and amounts alone. Throws `api/invalid` with every problem.
 */
export function readScope(given: JsonObject): TaskScope {
  const parsed = scopeSpec.safeParse(given);
  if (!parsed.success)
    throw invalid(documentProblems('scope', given, parsed.error.issues, scopeSpec));
  const { effects, calls, sums, ...lists } = parsed.data;
  const classes = {
    ...(effects === undefined ? {} : { effects: [...new Set(effects)] }),
    ...amountsOf({ ...(calls === undefined ? {} : { calls }), sums }),
  };
  const listed = { ...lists, sensitivity: 'sensitive' as const };
  if (!listsSomething[0](listed)) return classes;
  const read = readListed('scope', listed);
  if (read.kind === 'problems') throw invalid(read.problems);
  return { targets: read.entry.targets, ...classes };
}

function amountsOf({ calls, sums = [] }: TaskAmounts): Pick<TaskScope, 'amounts'> {
  if (calls === undefined && sums.length === 0) return {};
  const counted = calls === undefined ? {} : { calls };
  return { amounts: [sums.length === 0 ? counted : { ...counted, sums }] };
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
