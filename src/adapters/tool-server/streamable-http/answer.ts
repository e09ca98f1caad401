import type { ToolAnswer } from '#contracts/tool-server.ts';
import { type AnswerBounds, toAnswer } from '../wire/answer.ts';
import { cutAnswer } from '../wire/cut-answer.ts';
import {
  type Effect,
  protocolBroken,
  statusRefused,
  tooLarge,
  unreachable,
} from '../wire/failed.ts';
import type { Lost, Outcome } from './exchange.ts';

/** Statuses with which a server, or what stands before it, turns a request away unread. */
const turnedAway = new Set([401, 403, 404, 405, 413, 415, 429]);

/** INVARIANT: `none` only when the request cannot have had an effect. */
export function answerOf(outcome: Outcome, bounds: AnswerBounds): ToolAnswer {
  if (outcome.kind === 'lost') return lost(outcome, bounds);
  if (outcome.kind === 'status') return withoutMessage(outcome.status);
  return answered(outcome, bounds);
}

function answered(
  { message, bytes, status }: Extract<Outcome, { kind: 'message' }>,
  bounds: AnswerBounds,
): ToolAnswer {
  const answer = toAnswer(message, bytes, bounds);
  if (answer.kind !== 'failed') return answer;
  if (turnedAway.has(status)) return { ...answer, effect: 'none' };
  return status >= 500 ? { ...answer, effect: 'unknown' } : answer;
}

function withoutMessage(status: number): ToolAnswer {
  const effect: Effect = turnedAway.has(status) ? 'none' : 'unknown';
  if (status < 300) return protocolBroken(effect, 'the answer is empty');
  if (status < 400) return protocolBroken(effect, 'it answered with a redirect');
  return statusRefused(effect, status);
}

function lost({ sent, why, status, streamed, begun }: Lost, bounds: AnswerBounds): ToolAnswer {
  const effect: Effect = sent ? 'unknown' : 'none';
  switch (why) {
    case 'too-large':
      if (status >= 300) return withoutMessage(status);
      // An answer that has begun is one: what it is about was done before it.
      return (
        (begun === undefined ? undefined : cutAnswer(begun, bounds)) ??
        tooLarge(streamed ? 'unknown' : 'done', bounds.resultBytes)
      );
    case 'no-answer':
      return protocolBroken(effect, 'the stream ended without an answer');
    case 'content-type':
      return protocolBroken(effect, 'it answered with a content type that is not read');
    case 'network':
    case 'aborted':
      return unreachable(effect);
  }
}
