import { useAsk } from './ask.ts';
import { rowsAtOnce } from './pages.tsx';

/** The first that wait, the oldest first: one question for all that show or count them. */
export function usePending() {
  const query = { limit: String(rowsAtOnce), state: 'pending', sort: 'oldest' };
  return useAsk('GET /v1/approvals', { query }, { everyMs: 15_000 });
}

/** How many there are, as far as somebody counted. */
export const atLeast = (rows: number, next: string | undefined): string =>
  next === undefined ? String(rows) : `${rows} or more`;
