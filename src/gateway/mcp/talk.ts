import type { Outcome, Talk } from '#kernel/call.ts';
import { canonicalText, emptyObject, isJsonObject, type Json } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Answer, KeptForm, StreamForm } from '../http/protocol.ts';
import type { ReleasedWindow } from '../release.ts';
import { isLogLevel } from '../talk/levels.ts';
import type { Incoming, RpcId } from './message.ts';
import { knowsPages, modernRevision, type Revision } from './revisions.ts';

const prefix = 'io.modelcontextprotocol/';

/** What a client said of itself when it began its session. */
export interface Declared {
  readonly capabilities: JsonObject;
  readonly log: string | undefined;
}

/** What a message takes beside its answer; undefined when it takes nothing more. */
export interface Talking {
  readonly talk: Talk;
  /** By which its progress is named to it. */
  readonly token: RpcId | undefined;
}

/**
 * In the newest revision every request says for itself what its client can do, and is asked by its
 * answer. In the others that was said when the session began, and it is asked in mid-call.
 */
export function talkingOf(
  message: Extract<Incoming, { kind: 'request' }>,
  revision: Revision,
  declared?: Declared,
): Talking | undefined {
  const given = message.params['_meta'];
  const meta = isJsonObject(given) ? given : emptyObject();
  const token = tokenOf(meta['progressToken']);
  const isModern = revision === modernRevision;
  const level = isModern ? meta[`${prefix}logLevel`] : declared?.log;
  const declaration = isModern ? meta[`${prefix}clientCapabilities`] : declared?.capabilities;
  const talk: Talk = {
    progress: token !== undefined,
    log: isLogLevel(level) ? level : undefined,
    capabilities: isJsonObject(declaration) ? declaration : emptyObject(),
    asked: isModern ? 'retry' : 'stream',
    opensPage: opensPage(declaration, revision),
  };
  const takesMore =
    talk.progress || talk.log !== undefined || Object.keys(talk.capabilities).length > 0;
  return takesMore ? { talk, token } : undefined;
}

/** Of a client that takes no stream: it is told the answer alone, and asked by that or not at all. */
export function withoutStream({ capabilities, asked, ...more }: Talk): Talk | undefined {
  if (asked === 'stream' || Object.keys(capabilities).length === 0) return undefined;
  return { ...more, progress: false, log: undefined, capabilities, asked };
}

/** Pages came with 2025-11-25: a client of an earlier one does not know what is asked. */
function opensPage(declaration: Json | undefined, revision: Revision): boolean {
  if (revision !== modernRevision && !knowsPages(revision)) return false;
  const elicitation = isJsonObject(declaration) ? declaration['elicitation'] : undefined;
  return isJsonObject(elicitation) && isJsonObject(elicitation['url']);
}

function tokenOf(token: Json | undefined): RpcId | undefined {
  if (typeof token === 'string') return token.length <= 256 ? token : undefined;
  return typeof token === 'number' && Number.isSafeInteger(token) ? token : undefined;
}

/** What comes before the answer, and then the answer, as events; INVARIANT: the token is the client's own. */
export function eventStream(
  token: RpcId | undefined,
  answer: (outcome: Outcome) => Answer,
  kept?: Omit<KeptForm, 'messages'>,
): StreamForm {
  const messages = ({ events }: ReleasedWindow): readonly Buffer[] =>
    events.flatMap((event) => eventOf(event, token));
  return {
    contentType: 'text/event-stream',
    keepAlive,
    window: (released) => Buffer.concat(messages(released)),
    end: (outcome) => eventOfAnswer(answer(outcome)),
    kept: kept === undefined ? undefined : { ...kept, messages },
  };
}

export function eventOfAnswer({ body }: Answer): Buffer {
  return body === undefined ? Buffer.alloc(0) : eventBytes(body);
}

function eventOf(
  event: ReleasedWindow['events'][number],
  token: RpcId | undefined,
): readonly Buffer[] {
  if (event.kind !== 'fact') return [];
  const { value } = event;
  const isProgress = value['method'] === 'notifications/progress';
  if (isProgress && token === undefined) return [];
  const params = isJsonObject(value['params']) ? value['params'] : emptyObject();
  const named = isProgress && token !== undefined ? { ...params, progressToken: token } : params;
  const message = { ...value, jsonrpc: '2.0', params: named };
  return [eventBytes(Buffer.from(canonicalText(message)))];
}

const keepAlive = Buffer.from(': \n\n');
const head = Buffer.from('event: message\ndata: ');
const tail = Buffer.from('\n\n');

/** Canonical JSON is one line. */
export function eventBytes(message: Buffer): Buffer {
  return Buffer.concat([head, message, tail]);
}
