import type { RecordQueries } from './door.ts';
import { longestValue } from './record-terms.ts';

/** Of a task or a call; nothing else of it can be read as part of a question. */
export function isPlainName(name: string): boolean {
  return /^[\w:.@/-]{1,256}$/u.test(name);
}

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
