import { limits } from '#kernel/limits.ts';
import { annotationsOf } from './annotations.ts';
import type { AnswerParts } from './answer-parts.ts';
import { reachOf } from './answer-question.ts';
import type { FoundPlace, TaskTimeline } from './door.ts';
import { allTimes } from './parse-query.ts';
import { openPlaces } from './place-reader.ts';
import { readPage } from './read-page.ts';

/**
 * One task, oldest first: what its agents asked, of models and of tools, what was decided by which rule, who
 * was asked and answered, what was lent, what came of it. What names only a call or an approval of the task
 * is of the task too.
 */
export async function timelineOf(parts: AnswerParts, task: string): Promise<TaskTimeline> {
  const own = await read(parts, [`task:${task}`]);
  const terms = new Set([`task:${task}`]);
  for (const { record } of own.records) {
    if (record.call !== undefined) terms.add(`call:${record.call}`);
    if (record.approval !== undefined) terms.add(`approval:${record.approval.id}`);
  }
  const named = [...terms].slice(0, limits.auditQueryTerms);
  const all = named.length === 1 ? own : await read(parts, named);
  const about = { records: all.records.map(({ record }) => record.id), tasks: [task] };
  return {
    records: all.records,
    ...(await annotationsOf(parts, openPlaces(parts), about)),
    cut: all.last !== undefined || named.length < terms.size,
    reach: reachOf(parts),
  };
}

function read(
  parts: AnswerParts,
  anyOf: readonly string[],
): Promise<{ readonly records: readonly FoundPlace[]; readonly last: unknown }> {
  return readPage(parts, openPlaces(parts), {
    query: { ...allTimes, conditions: [{ not: false, anyOf }] },
    newestFirst: false,
    after: undefined,
    most: limits.auditQueryRows,
  });
}
