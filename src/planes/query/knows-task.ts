import type { RecordQueries } from './door.ts';
import { longestValue } from './record-terms.ts';

/** Whether any record is of this task. */
export function knowsTask(
  queries: Pick<RecordQueries, 'ask'>,
): (tenant: string, task: string) => Promise<boolean> {
  return async (tenant, task) => {
    // No name that a query could not write is asked for.
    if (task === '' || task.length > longestValue || task.includes('"')) return false;
    const answer = await queries.ask({
      tenant,
      query: `task:"${task}"`,
      view: undefined,
      newestFirst: false,
      most: 1,
      cursor: undefined,
      counted: false,
    });
    return answer.records.length > 0;
  };
}
