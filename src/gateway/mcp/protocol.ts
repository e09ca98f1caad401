import type { Outcome } from '#kernel/call.ts';
import { isRefusal, type Refusal } from '#kernel/errors.ts';
import type { HttpRequest, Protocol, Reading } from '../http/protocol.ts';
import { type Asked, createAnswers, type ServerInfo } from './answer.ts';
import { type Cancellations, createCancellations } from '../cancellations.ts';
import { type Asks, createAsks } from '../talk/asks.ts';
import { type Incoming, parseIncoming, type RpcId } from './message.ts';
import { methodOf } from './methods.ts';
import { type Message, revisionOf } from './revision.ts';
import type { Revision } from './revisions.ts';
import { eventStream, talkingOf } from './talk.ts';
import { toAction } from './to-action.ts';

/** MCP over Streamable HTTP at `/mcp` and `/mcp/SERVER`, answered without protocol sessions. Translates only. */
export function createMcpProtocol(
  info: ServerInfo,
  cancellations: Cancellations = createCancellations(),
  asks: Asks = createAsks(),
): Protocol {
  const answerTo = createAnswers(info);
  const telling = (asked: Asked) => ({
    answer: (outcome: Outcome) => answerTo(outcome, asked),
  });
  return {
    name: 'mcp',
    routes: [
      { method: 'POST', path: '/mcp' },
      // One server under its own names.
      { method: 'POST', path: '/mcp/', below: serverName },
    ],
    headerPrefixes: ['mcp-'],
    ...telling(unread),
    read(request) {
      const message = parseIncoming(request.body);
      const id = message.kind === 'notification' ? null : message.id;
      if (message.kind === 'bad') {
        return { ...refused(message.refusal, ''), ...telling({ ...unread, id }) };
      }
      if (message.kind === 'response') return replied(asks, message, answerTo);
      const { method } = message;
      const revision = revisionOf(request.headers, message);
      if (isRefusal(revision)) {
        return { ...refused(revision, method), ...telling({ ...unread, id }) };
      }
      const { action, approvalHandle, trace } = toAction(message, revision, request.below);
      const asked = { id, method, revision };
      const answer = (outcome: Outcome) => answerTo(outcome, asked);
      const reading = { method, revision, action, approvalHandle, trace, answer };
      return cancellable(
        cancellations,
        { ...reading, ...talkOf(message, revision, answer) },
        message,
        request,
      );
    },
  };
}

function talkOf(
  message: Message,
  revision: Revision,
  answer: Reading['answer'],
): Pick<Reading, 'talk' | 'stream'> {
  if (message.kind !== 'request' || methodOf(revision, message.method)?.talks !== true) return {};
  const talking = talkingOf(message, revision);
  if (talking === undefined) return {};
  return { talk: talking.talk, stream: eventStream(talking.token, answer) };
}

/** It is for a call that is still open, once it is known whose it is. */
function replied(
  asks: Asks,
  { id, reply }: Extract<Incoming, { kind: 'response' }>,
  answerTo: ReturnType<typeof createAnswers>,
): Reading {
  return {
    method: 'response',
    revision: '',
    action: { kind: 'notice' },
    answer: (outcome) => answerTo(outcome, { ...unread, id: null }),
    onEnded(outcome) {
      if (outcome?.kind === 'noticed') asks.reply(outcome.principal, String(id), reply);
    },
  };
}

const serverName = /^[a-z0-9-]{1,64}$/;

const unread: Asked = { id: null, method: '', revision: undefined };

function refused(reason: Refusal, method: string) {
  return { method, revision: '', action: { kind: 'refused', reason } } as const;
}

/** A request can be cancelled while it is open, and a notice can cancel one, once it was let pass. */
function cancellable(
  cancellations: Cancellations,
  reading: Reading,
  message: Message,
  { cancel }: HttpRequest,
): Reading {
  if (message.kind === 'notification') {
    const cancels = cancelled(message.method, message.params['requestId']);
    if (cancels === undefined) return reading;
    return {
      ...reading,
      onEnded(outcome) {
        if (outcome?.kind === 'noticed') cancellations.cancel(outcome.principal, cancels);
      },
    };
  }
  let close: (() => void) | undefined;
  return {
    ...reading,
    onIdentified(by) {
      close ??= cancellations.open(by, message.id, cancel);
    },
    onEnded: () => close?.(),
  };
}

function cancelled(method: string, id: unknown): RpcId | undefined {
  if (method !== 'notifications/cancelled') return undefined;
  return typeof id === 'string' || typeof id === 'number' ? id : undefined;
}
