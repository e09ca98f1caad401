import type { IncomingMessage } from 'node:http';
import type { PersonAct } from '#contracts/step-up.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { readIdempotencyKey } from './repeated-acts.ts';
import type { RawRequest, Route } from './route.ts';

/** By a key, what is asked is done once; without one, or where the book keeps nothing of it, as often as it is asked. */
export async function serveOnce(
  { headers }: Pick<IncomingMessage, 'headers'>,
  route: Route,
  path: string,
  asked: RawRequest,
): Promise<{ readonly answer: JsonObject; readonly isRepeated: boolean }> {
  const run = () => route.serve(asked);
  const { parts, person, query, body } = asked;
  const { method, role } = route;
  // Where nobody is known a key would be everybody's; whoever asks there proves itself by what is good once.
  const isOpen = method === 'GET' || role === 'anyone' || person === undefined;
  const key = isOpen ? undefined : readIdempotencyKey(headers['idempotency-key']);
  if (key === undefined || person === undefined || !isKept(route))
    return { answer: await run(), isRepeated: false };
  const request = { method, path, query: query as Json, body: body as Json };
  const again = route.showsOnce ? 'that it was done' : 'same answer';
  return parts.repeats.once({ person, key, request, again, run });
}

/**
 * What changes nothing is asked anew. INVARIANT: what takes away is done whenever it is asked, so that neither the book
 * nor an earlier fault holds it up (0022), and nobody hears of a stop that is released since that it stands.
 */
function isKept({ act }: Route): boolean {
  return act !== undefined && !takingAway.has(act);
}

/** Of these twice is no more than once. */
const takingAway: ReadonlySet<string> = new Set([
  'stop',
  'suspend',
  'revoke',
] satisfies PersonAct[]);
