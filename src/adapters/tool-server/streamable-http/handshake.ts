import type { Lent } from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import {
  type Failed,
  protocolBroken,
  statusRefused,
  unreachable,
  upstreamError,
} from '../wire/failed.ts';
import { chosenRevision, offersModern, tellingOf, tellsNothing } from '../wire/greeting.ts';
import { initializeBytes, notificationBytes, requestBytes } from '../wire/request.ts';
import type { Lost, Outcome } from './exchange.ts';
import { initializeHeaders, postHeaders, queryOf, type Ready } from './headers.ts';

export interface Poster {
  post(parts: {
    readonly id: number | undefined;
    readonly headers: string[];
    /** What is lent in the address. */
    readonly query?: string | undefined;
    readonly body: Buffer;
    readonly maxBytes: number;
  }): Promise<Outcome>;
  nextId(): number;
  /** What a server of the handshake era may ask of us, as long as the connection lives. */
  readonly capabilities: JsonObject;
}

const maxBytes = 1_048_576;

/**
 * Finds out how the server speaks: the modern question first, the legacy greeting otherwise.
 * A server that wants a credential even for this gets the one of the use that opens it.
 */
export async function shakeHands(poster: Poster, lent: readonly Lent[]): Promise<Ready | Failed> {
  // Without a key in its query it is another address, which may say anything.
  if (lent.some(({ kind }) => kind === 'query')) return greet(poster, lent);
  const bare = await greet(poster, []);
  const wantsCredential = 'kind' in bare && refusedWith(bare, [401, 403]);
  return wantsCredential && lent.some(({ kind }) => kind === 'header') ? greet(poster, lent) : bare;
}

function refusedWith(failed: Failed, statuses: readonly number[]): boolean {
  const status = failed.refusal.details?.['upstreamStatus'];
  return typeof status === 'number' && statuses.includes(status);
}

async function greet(poster: Poster, lent: readonly Lent[]): Promise<Ready | Failed> {
  const first = await discover(poster, lent);
  // It is of the newest era, and named what it speaks: asked once more before it is spoken to as another.
  const second = first === 'once-more' ? await discover(poster, lent) : first;
  return typeof second === 'string' ? initialize(poster, lent) : second;
}

/** Or whether it is asked again, or not of this era at all. */
async function discover(
  poster: Poster,
  lent: readonly Lent[],
): Promise<Ready | Failed | 'once-more' | 'legacy'> {
  const id = poster.nextId();
  const method = 'server/discover';
  const outcome = await poster.post({
    id,
    headers: postHeaders({ ready: { era: 'modern', telling: tellsNothing }, method, lent }),
    query: queryOf(lent),
    body: requestBytes({ id, era: 'modern', method, params: {} }),
    maxBytes,
  });
  if (outcome.kind === 'lost') return unread(outcome) ? 'legacy' : lostIn(outcome);
  if (saysNothingOfItsEra(outcome.status)) return statusRefused('none', outcome.status);
  return readDiscovered(outcome) ?? (namesModern(outcome) ? 'once-more' : 'legacy');
}

/**
 * INVARIANT: such an answer comes from whatever stands before the server, or from a server that is
 * ill. Taken for a legacy one, a modern server would be spoken to wrongly until it is closed.
 */
function saysNothingOfItsEra(status: number): boolean {
  return status === 401 || status === 403 || status === 429 || status >= 500;
}

function readDiscovered(outcome: Outcome): Ready | undefined {
  if (outcome.kind !== 'message' || outcome.message.kind !== 'result') return undefined;
  const { result } = outcome.message;
  if (!offersModern(result)) return undefined;
  return { era: 'modern', telling: tellingOf(result) };
}

const unsupportedVersion = -32_022;

function namesModern(outcome: Outcome): boolean {
  if (outcome.kind !== 'message' || outcome.message.kind !== 'error') return false;
  const { code, data } = outcome.message.error;
  const supported = code === unsupportedVersion ? data?.['supported'] : undefined;
  return offersModern({ supportedVersions: supported ?? [] });
}

async function initialize(poster: Poster, lent: readonly Lent[]): Promise<Ready | Failed> {
  const id = poster.nextId();
  const outcome = await poster.post({
    id,
    headers: initializeHeaders(lent),
    query: queryOf(lent),
    body: initializeBytes(id, poster.capabilities),
    maxBytes,
  });
  if (outcome.kind === 'lost') return lostIn(outcome);
  if (outcome.kind === 'status') return statusRefused('none', outcome.status);
  const { message } = outcome;
  if (message.kind === 'error') return { ...upstreamError(message.error), effect: 'none' };
  if (message.kind !== 'result') return protocolBroken('none', 'no answer to the greeting');
  const ready = readInitialized(message.result, outcome.session);
  if ('kind' in ready) return ready;
  await poster.post({
    id: undefined,
    headers: postHeaders({ ready, method: 'notifications/initialized', lent }),
    query: queryOf(lent),
    body: notificationBytes('notifications/initialized'),
    maxBytes,
  });
  return ready;
}

function readInitialized(result: JsonObject, session: string | undefined): Ready | Failed {
  const revision = chosenRevision(result);
  if (revision === undefined) {
    return protocolBroken('none', 'it speaks no revision that this gateway speaks');
  }
  return { era: 'legacy', revision, session, telling: tellingOf(result) };
}

/** It answered, though nothing that can be read: it does not know the question. */
function unread({ why }: Lost): boolean {
  return why === 'content-type' || why === 'no-answer';
}

function lostIn(outcome: Lost): Failed {
  if (unread(outcome)) return protocolBroken('none', 'no answer to the greeting');
  return outcome.why === 'too-large'
    ? protocolBroken('none', 'the answer to the greeting is too large')
    : unreachable('none');
}
