import type { IncomingMessage } from 'node:http';
import type { PersonAct } from '#contracts/step-up.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { readIdempotencyKey } from './repeated-acts.ts';
import type { RawRequest, Route } from './route.ts';

/** By a key, what is asked is done once; without one, or where nothing is changed anyway, as often as it is asked. */
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
  if (key === undefined || person === undefined) return { answer: await run(), isRepeated: false };
  const request = { method, path, query: query as Json, body: body as Json };
  const takesAway = takingAway.has(route.act ?? '');
  return parts.repeats.once({ person, key, request, again: againOf(route), takesAway, run });
}

/** INVARIANT: a stop waits for no disk (decision 0022). */
const takingAway: ReadonlySet<string> = new Set([
  'stop',
  'suspend',
  'revoke',
] satisfies PersonAct[]);

function againOf({ act, showsOnce }: Route): 'same answer' | 'that it was done' | 'asked anew' {
  if (act === undefined) return 'asked anew';
  return showsOnce ? 'that it was done' : 'same answer';
}
