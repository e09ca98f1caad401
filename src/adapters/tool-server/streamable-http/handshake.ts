import type { Lent } from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import {
  type Failed,
  protocolBroken,
  statusRefused,
  unreachable,
  upstreamError,
} from '../wire/failed.ts';
import { initializeBytes, notificationBytes, requestBytes } from '../wire/request.ts';
import { legacyRevisions, modernRevision } from '../wire/revisions.ts';
import type { Outcome } from './exchange.ts';
import { initializeHeaders, postHeaders, type Ready } from './headers.ts';

export interface Poster {
  post(parts: {
    readonly id: number | undefined;
    readonly headers: string[];
    readonly body: Buffer;
    readonly maxBytes: number;
  }): Promise<Outcome>;
  nextId(): number;
}

const maxBytes = 1_048_576;

/**
 * Finds out how the server speaks: the modern question first, the legacy greeting otherwise.
 * A server that wants a credential even for this gets the one of the use that opens it.
 */
export async function shakeHands(poster: Poster, lent: readonly Lent[]): Promise<Ready | Failed> {
  const bare = await greet(poster, []);
  const wantsCredential = 'kind' in bare && refusedWith(bare, [401, 403]);
  return wantsCredential && lent.some(({ kind }) => kind === 'header') ? greet(poster, lent) : bare;
}

function refusedWith(failed: Failed, statuses: readonly number[]): boolean {
  const status = failed.refusal.details?.['upstreamStatus'];
  return typeof status === 'number' && statuses.includes(status);
}

async function greet(poster: Poster, lent: readonly Lent[]): Promise<Ready | Failed> {
  const id = poster.nextId();
  const method = 'server/discover';
  const outcome = await poster.post({
    id,
    headers: postHeaders({ ready: { era: 'modern', listChanged: false }, method, lent }),
    body: requestBytes({ id, era: 'modern', method, params: {} }),
    maxBytes,
  });
  if (outcome.kind === 'lost') return lostIn(outcome);
  if (outcome.kind === 'status' && (outcome.status === 401 || outcome.status === 403)) {
    return statusRefused('none', outcome.status);
  }
  return readDiscovered(outcome) ?? initialize(poster, lent);
}

function readDiscovered(outcome: Outcome): Ready | undefined {
  if (outcome.kind !== 'message' || outcome.message.kind !== 'result') return undefined;
  const { result } = outcome.message;
  const versions = result['supportedVersions'];
  if (!Array.isArray(versions) || !versions.includes(modernRevision)) return undefined;
  return { era: 'modern', listChanged: saysListChanges(result) };
}

async function initialize(poster: Poster, lent: readonly Lent[]): Promise<Ready | Failed> {
  const id = poster.nextId();
  const outcome = await poster.post({
    id,
    headers: initializeHeaders(lent),
    body: initializeBytes(id),
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
    body: notificationBytes('notifications/initialized'),
    maxBytes,
  });
  return ready;
}

function readInitialized(result: JsonObject, session: string | undefined): Ready | Failed {
  const revision = result['protocolVersion'];
  if (typeof revision !== 'string' || !legacyRevisions.includes(revision)) {
    return protocolBroken('none', 'it speaks no revision that this gateway speaks');
  }
  return { era: 'legacy', revision, session, listChanged: saysListChanges(result) };
}

function saysListChanges(result: JsonObject): boolean {
  const capabilities = result['capabilities'];
  const tools = isJsonObject(capabilities) ? capabilities['tools'] : undefined;
  return isJsonObject(tools) && tools['listChanged'] === true;
}

function lostIn(outcome: Extract<Outcome, { kind: 'lost' }>): Failed {
  return outcome.why === 'too-large'
    ? protocolBroken('none', 'the answer to the greeting is too large')
    : unreachable('none');
}
