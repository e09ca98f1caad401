import type {
  ToolAnswer,
  ToolInvocation,
  ToolServerConnection,
  ToolServerEvents,
} from '#contracts/tool-server.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { toAnswer } from '../wire/answer.ts';
import { protocolBroken, unreachable, upstreamError } from '../wire/failed.ts';
import { toFault } from '../wire/fault.ts';
import { collectTools } from '../wire/list.ts';
import { callBytes, cancelledBytes, requestBytes } from '../wire/request.ts';
import { gaveUp, startWatch, type Watch } from '../wire/watch.ts';
import type { ChildParts } from './child.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import type { Peer, Reply } from './peer.ts';

/** How long an answer that is late is still waited for, to be recorded and dropped. */
const lateMs = 30_000;

export function createStdioConnection(
  parts: ChildParts & { readonly timeoutMs: number; readonly events: ToolServerEvents },
): ToolServerConnection {
  const keeper = createKeeper(parts);
  return {
    call: (invocation) => call(keeper, parts.events, invocation),
    listTools: ({ signal }) =>
      collectTools((cursor) => listPage(keeper, { timeoutMs: parts.timeoutMs, signal, cursor })),
    close: () => keeper.close(),
  };
}

async function call(
  keeper: Keeper,
  events: ToolServerEvents,
  invocation: ToolInvocation,
): Promise<ToolAnswer> {
  const watch = startWatch(invocation.timeoutMs, invocation.signal);
  try {
    const peer = await opened(keeper, watch);
    return 'kind' in peer ? peer : await callPeer(peer, { invocation, watch, events });
  } finally {
    watch.end();
  }
}

async function opened(keeper: Keeper, watch: Watch): ReturnType<Keeper['open']> {
  const peer = keeper.current() ?? (await watch.race(keeper.open()));
  if (typeof peer === 'string') return gaveUp(peer, 'none');
  const early = watch.fired();
  return early === undefined ? peer : gaveUp(early, 'none');
}

interface CallParts {
  readonly invocation: ToolInvocation;
  readonly watch: Watch;
  readonly events: ToolServerEvents;
}

async function callPeer(peer: Peer, { invocation, watch, events }: CallParts): Promise<ToolAnswer> {
  const { callId, tool, argumentBytes, trace, resultBytes } = invocation;
  const id = peer.nextId();
  const asked = peer.ask(id, callBytes({ id, era: 'legacy', tool, argumentBytes, trace }));
  if (asked === undefined) return unreachable('none');
  const reply = await watch.race(asked);
  if (typeof reply !== 'string') return answerOf(reply, resultBytes);
  peer.tell(cancelledBytes(id, reply === 'timeout' ? 'timed out' : 'cancelled'));
  const timer = setTimeout(() => peer.forget(id), lateMs);
  timer.unref();
  void asked.then((late) => {
    clearTimeout(timer);
    if (late.kind === 'message') events.lateAnswer(callId, late.bytes);
  });
  return gaveUp(reply, 'unknown');
}

function answerOf(reply: Reply, resultBytes: number): ToolAnswer {
  if (reply.kind === 'message') return toAnswer(reply.message, reply.bytes, resultBytes);
  return unreachable('unknown', reply.why);
}

async function listPage(
  keeper: Keeper,
  need: {
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    readonly cursor: string | undefined;
  },
): Promise<JsonObject> {
  const watch = startWatch(need.timeoutMs, need.signal);
  try {
    const peer = await opened(keeper, watch);
    if ('kind' in peer) throw toFault(peer);
    const id = peer.nextId();
    const params: JsonObject = need.cursor === undefined ? {} : { cursor: need.cursor };
    const asked = peer.ask(id, requestBytes({ id, era: 'legacy', method: 'tools/list', params }));
    if (asked === undefined) throw toFault(unreachable('none'));
    const reply = await watch.race(asked);
    if (typeof reply === 'string') {
      peer.forget(id);
      throw toFault(gaveUp(reply, 'none'));
    }
    return pageOf(reply);
  } finally {
    watch.end();
  }
}

function pageOf(reply: Reply): JsonObject {
  if (reply.kind === 'gone') throw toFault(unreachable('none', reply.why));
  const { message } = reply;
  if (message.kind === 'result') return message.result;
  if (message.kind === 'error') throw toFault(upstreamError(message.error));
  throw toFault(protocolBroken('none', message.kind === 'broken' ? message.why : 'no list'));
}
