import { type Lent, ToolServerFault } from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { protocolBroken, upstreamError } from '../wire/failed.ts';
import { requestBytes } from '../wire/request.ts';
import { gaveUp, startWatch, type Watch } from '../wire/watch.ts';
import { answerOf } from './answer.ts';
import type { Outcome } from './exchange.ts';
import { postHeaders, queryOf } from './headers.ts';
import { isSessionGone, type Line, start } from './line.ts';

interface PageNeed {
  readonly lent: readonly Lent[];
  readonly signal: AbortSignal;
  readonly cursor: string | undefined;
}

/** One page of what its server offers as tools. */
export async function listPage(line: Line, need: PageNeed): Promise<JsonObject> {
  const watch = startWatch(line.timeoutMs, need.signal);
  try {
    const first = await listOnce(line, need, watch);
    const page = first === 'session-gone' ? await listOnce(line, need, watch) : first;
    if (page === 'session-gone')
      throw new ToolServerFault(protocolBroken('none', 'it forgets its sessions'));
    return page;
  } finally {
    watch.end();
  }
}

async function listOnce(
  line: Line,
  { lent, cursor }: PageNeed,
  watch: Watch,
): Promise<JsonObject | 'session-gone'> {
  const ready = line.session.current() ?? (await watch.race(line.session.open(lent)));
  if (typeof ready === 'string') throw new ToolServerFault(gaveUp(ready, 'none'));
  if ('kind' in ready) throw new ToolServerFault(ready);
  const id = line.nextId();
  const method = 'tools/list';
  const params: JsonObject = cursor === undefined ? {} : { cursor };
  const running = start(line, {
    id,
    headers: postHeaders({ ready, method, lent }),
    query: queryOf(lent),
    body: requestBytes({ id, era: ready.era, method, params }),
    maxBytes: limits.upstreamMessageBytes,
  });
  const outcome = await watch.race(running.outcome);
  if (typeof outcome === 'string') {
    running.abort();
    throw new ToolServerFault(gaveUp(outcome, 'none'));
  }
  if (outcome.kind !== 'lost' && isSessionGone(line, ready, outcome.status)) return 'session-gone';
  return pageOf(outcome);
}

function pageOf(outcome: Outcome): JsonObject {
  if (outcome.kind === 'message') {
    const { message } = outcome;
    if (message.kind === 'result') return message.result;
    if (message.kind === 'error') throw new ToolServerFault(upstreamError(message.error));
  }
  const failed = answerOf(outcome, { resultBytes: limits.upstreamMessageBytes });
  throw new ToolServerFault(failed.kind === 'failed' ? failed : protocolBroken('none', 'no list'));
}
