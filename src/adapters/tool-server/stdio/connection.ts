import {
  type ConnectionNews,
  type ToolAnswer,
  ToolServerFault,
  type ToolServerConnection,
  type ToolServerEvents,
  type UpstreamRequest,
} from '#contracts/tool-server.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type AnswerBounds, envelopeBytes, toAnswer } from '../wire/answer.ts';
import type { Listener } from '../wire/aside.ts';
import { createChanges, subscribeMethod, tooManyWatched } from '../wire/changes.ts';
import { cutAnswer } from '../wire/cut-answer.ts';
import {
  type Failed,
  protocolBroken,
  tooLarge,
  unreachable,
  upstreamError,
} from '../wire/failed.ts';
import { collectTools } from '../wire/list.ts';
import type { Message } from '../wire/message.ts';
import { cancelledBytes, judgedBytes, replyToAsk, requestBytes } from '../wire/request.ts';
import { gaveUp, startWatch, type Watch } from '../wire/watch.ts';
import type { ChildParts } from './child.ts';
import { createKeeper, type Keeper, type Opened } from './keeper.ts';
import type { Reply } from './peer.ts';

/** How long an answer that is late is still waited for, to be recorded and dropped. */
const lateMs = 30_000;

interface Parts extends ChildParts {
  readonly capabilities: JsonObject;
  readonly timeoutMs: number;
  readonly events: ToolServerEvents;
}

interface Line extends Parts {
  readonly keeper: Keeper;
}

export function createStdioConnection(parts: Parts): ToolServerConnection {
  const changes = createChanges({
    events: parts.events,
    unwatch: (uri) => tellOf(keeper, 'resources/unsubscribe', uri),
  });
  const onNews = (news: ConnectionNews) => parts.events.news?.(news);
  const onRestart = () => {
    changes.toolsChanged();
    for (const uri of changes.watched) tellOf(keeper, subscribeMethod, uri);
  };
  const onNotice = (message: Message) => changes.hear(message);
  const look = (opened: Opened) => lookAt(parts, opened);
  const keeper = createKeeper({ ...parts, look, onNotice, onRestart, onNews });
  const line: Line = { ...parts, keeper };
  return {
    async exchange(request) {
      const uri = request.method === subscribeMethod ? request.named : undefined;
      // Before it is asked: what it says at once is heard.
      if (uri !== undefined && !changes.watch(uri)) return tooManyWatched;
      return ask(line, request);
    },
    listTools: ({ signal }) => collectTools((cursor) => listPage(line, { signal, cursor })),
    isWatching: () => changes.isWatching(),
    close() {
      changes.stop();
      return keeper.close();
    },
  };
}

/** Nobody waits for the answer. */
function tellOf(keeper: Keeper, method: string, uri: string): void {
  const open = keeper.current();
  if (open?.era !== 'legacy') return;
  const { peer, era } = open;
  const id = peer.nextId();
  void peer.ask(id, requestBytes({ id, era, method, params: { uri } }));
}

async function ask(line: Line, request: UpstreamRequest): Promise<ToolAnswer> {
  const watch = startWatch(request.timeoutMs, request.signal);
  try {
    const open = await opened(line.keeper, watch);
    if ('kind' in open) return open;
    const no = request.mayLeave?.();
    if (no !== undefined) return { kind: 'failed', refusal: no, effect: 'none' };
    return await askPeer(open, { line, request, watch });
  } finally {
    watch.end();
  }
}

async function opened(keeper: Keeper, watch: Watch): ReturnType<Keeper['open']> {
  const open = keeper.current() ?? (await watch.race(keeper.open()));
  if (typeof open === 'string') return gaveUp(open, 'none');
  const early = watch.fired();
  return early === undefined ? open : gaveUp(early, 'none');
}

interface AskParts {
  readonly request: UpstreamRequest;
  readonly watch: Watch;
  readonly line: Line;
}

async function askPeer(
  { peer, era }: Opened,
  { line, request, watch }: AskParts,
): Promise<ToolAnswer> {
  const { callId, method, params, trace, resultBytes, hearing } = request;
  const id = peer.nextId();
  const bytes = judgedBytes({ id, era, method, params, trace, hearing });
  const reply: Listener['reply'] = (to, said) => peer.tell(replyToAsk(to, said));
  const listener = hearing === undefined ? undefined : { hearing, token: id, watch, reply };
  const asked = peer.ask(id, bytes, listener);
  if (asked === undefined) return unreachable('none');
  const came = await watch.race(asked);
  if (typeof came !== 'string') {
    return answerOf(came, { resultBytes, method, hearing });
  }
  peer.tell(cancelledBytes(id, came === 'timeout' ? 'timed out' : 'cancelled'));
  const timer = setTimeout(() => peer.forget(id), lateMs);
  timer.unref();
  void asked.then((late) => {
    clearTimeout(timer);
    if (late.kind === 'message') line.events.lateAnswer(callId, late.line.length);
    if (late.kind === 'cut') line.events.lateAnswer(callId, late.cut.bytes);
  });
  return gaveUp(came, 'unknown');
}

function answerOf(reply: Reply, bounds: AnswerBounds): ToolAnswer {
  if (reply.kind === 'gone') return unreachable('unknown', reply.why);
  if (reply.kind === 'cut')
    return cutAnswer(reply.cut, bounds) ?? tooLarge('done', bounds.resultBytes);
  const { message, line } = reply;
  const isTooLarge = message.kind === 'result' && line.length > bounds.resultBytes + envelopeBytes;
  const cut = isTooLarge ? cutAnswer({ head: line, bytes: line.length }, bounds) : undefined;
  return cut ?? toAnswer(message, line.length, bounds);
}

interface PageNeed {
  readonly signal: AbortSignal;
  readonly cursor: string | undefined;
}

async function listPage(line: Line, { signal, cursor }: PageNeed): Promise<JsonObject> {
  const watch = startWatch(line.timeoutMs, signal);
  try {
    const open = await opened(line.keeper, watch);
    if ('kind' in open) throw new ToolServerFault(open);
    return pageOf(await askForPage(open, cursor, watch));
  } finally {
    watch.end();
  }
}

async function askForPage(
  { peer, era }: Opened,
  cursor: string | undefined,
  watch: Watch,
): Promise<Reply> {
  const id = peer.nextId();
  const params: JsonObject = cursor === undefined ? {} : { cursor };
  const asked = peer.ask(id, requestBytes({ id, era, method: 'tools/list', params }));
  if (asked === undefined) throw new ToolServerFault(unreachable('none'));
  const reply = await watch.race(asked);
  if (typeof reply !== 'string') return reply;
  peer.forget(id);
  throw new ToolServerFault(gaveUp(reply, 'none'));
}

/** What a process shows that was just started, for whoever wants to know before it serves. */
async function lookAt({ events, timeoutMs }: Parts, open: Opened): Promise<Failed | undefined> {
  if (events.shows === undefined) return undefined;
  const watch = startWatch(timeoutMs, new AbortController().signal);
  try {
    const tools = await collectTools(async (cursor) => {
      const reply = await askForPage(open, cursor, watch);
      return hasNoTools(reply) ? { tools: [] } : pageOf(reply);
    });
    const no = events.shows(tools);
    return no === undefined ? undefined : { kind: 'failed', refusal: no, effect: 'none' };
  } catch (fault) {
    const known = fault instanceof BailiwickError ? fault.toRefusal() : undefined;
    return known === undefined
      ? unreachable('none', 'its tools could not be looked at')
      : { kind: 'failed', refusal: known, effect: 'none' };
  } finally {
    watch.end();
  }
}

/** A server of resources alone does not know the question. */
function hasNoTools(reply: Reply): boolean {
  if (reply.kind !== 'message' || reply.message.kind !== 'error') return false;
  return reply.message.error.code === -32_601;
}

function pageOf(reply: Reply): JsonObject {
  if (reply.kind === 'gone') throw new ToolServerFault(unreachable('none', reply.why));
  if (reply.kind === 'cut') {
    throw new ToolServerFault(tooLarge('none', limits.upstreamMessageBytes));
  }
  const { message } = reply;
  if (message.kind === 'result') return message.result;
  if (message.kind === 'error') throw new ToolServerFault(upstreamError(message.error));
  throw new ToolServerFault(
    protocolBroken('none', message.kind === 'broken' ? message.why : 'no list'),
  );
}
