import type { ToolAnswer, UpstreamRequest } from '#contracts/tool-server.ts';
import { refusal } from '#kernel/errors.ts';
import { envelopeBytes } from '../wire/answer.ts';
import { subscribeMethod, tooManyWatched } from '../wire/changes.ts';
import { requestBytes } from '../wire/request.ts';
import { postHeaders, type Ready } from './headers.ts';
import { type Line, postOnce } from './line.ts';

const beyondMs = 5_000;

/**
 * From now on it is heard of when this resource changes. INVARIANT: a subscription outlives the call that
 * asks for it, and so does no credential: a server that wants one is refused by name.
 */
export async function watchResource(
  line: Line,
  request: UpstreamRequest,
  ask: () => Promise<ToolAnswer>,
): Promise<ToolAnswer> {
  const { lent, named: uri } = request;
  if (uri === undefined || lent.some(({ kind }) => kind !== 'environment')) return unwatchable;
  const ready = line.session.current() ?? (await line.session.open(lent));
  if ('kind' in ready) return ready;
  if (!ready.telling.resources) return unwatchable;
  if (!line.changes.watch(uri)) return tooManyWatched;
  line.listen(true);
  // Of the modern era only the stream is asked, which is opened anew.
  if (ready.era === 'modern') return { kind: 'answer', result: {}, bytes: 2 };
  return ask();
}

/** A new session knows nothing of what the last one was asked for. */
export function watchAgain(line: Line, ready: Ready): void {
  if (ready.era !== 'legacy') return;
  for (const uri of line.changes.watched) void tell(line, ready, { method: subscribeMethod, uri });
}

export async function unwatch(line: Line, uri: string): Promise<void> {
  const ready = line.session.current();
  if (ready === undefined) return;
  if (ready.era === 'modern') return line.listen(true);
  await tell(line, ready, { method: 'resources/unsubscribe', uri });
}

async function tell(
  line: Line,
  ready: Ready,
  { method, uri }: { readonly method: string; readonly uri: string },
): Promise<void> {
  const id = line.nextId();
  const body = requestBytes({ id, era: 'legacy', method, params: { uri } });
  const headers = postHeaders({ ready, method, lent: [] });
  await postOnce(line, { id, headers, body, maxBytes: envelopeBytes }, beyondMs);
}

const unwatchable: ToolAnswer = {
  kind: 'failed',
  refusal: refusal('offers/unwatched'),
  effect: 'none',
};
