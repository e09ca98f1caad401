import type { Lent, UpstreamRequest } from '#contracts/tool-server.ts';
import type { Watch } from '../wire/watch.ts';
import type { Posted } from './exchange.ts';
import { legacyHeaders, queryOf, type Ready, withLent, withQuery } from './headers.ts';

/** INVARIANT: what was lent is not used after its lease. */
export function lentNow({ hearing, lent }: UpstreamRequest): readonly Lent[] {
  return hearing?.lent?.() ?? lent;
}

export interface Resuming {
  readonly path: string;
  readonly ready: Ready;
  readonly request: UpstreamRequest;
  readonly watch: Pick<Watch, 'fired'>;
  readonly after: string;
}

/**
 * The rest of a stream that broke off, by what is lent to the very request that it answers. INVARIANT: by
 * what is lent then: a call that was given up, and one that is parked with a credential, has nothing.
 */
export function resumedAfter({ path, ready, request, watch, after }: Resuming): Posted | undefined {
  const lent = lentNow(request);
  const isOver = lent.length === 0 && request.lent.length > 0;
  if (isOver || watch.fired() !== undefined) return undefined;
  const own = ['accept', 'text/event-stream', ...legacyHeaders(ready), 'last-event-id', after];
  return {
    method: 'GET',
    path: withQuery(path, queryOf(lent)),
    headers: withLent(own, lent),
    body: null,
  };
}
