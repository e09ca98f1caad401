import type { ToolAnswer } from '#contracts/tool-server.ts';
import { toAnswer } from '../wire/answer.ts';
import {
  type Effect,
  protocolBroken,
  statusRefused,
  tooLarge,
  unreachable,
} from '../wire/failed.ts';
import type { Outcome } from './exchange.ts';

/** Statuses with which a server, or what stands before it, turns a request away unread. */
const turnedAway = new Set([401, 403, 404, 405, 413, 415, 429]);

/** INVARIANT: `none` only when the request cannot have had an effect. */
export function answerOf(outcome: Outcome, resultBytes: number): ToolAnswer {
  if (outcome.kind === 'lost') return lost(outcome, resultBytes);
  if (outcome.kind === 'status') return withoutMessage(outcome.status);
  return answered(outcome, resultBytes);
}

function answered(
  { message, bytes, status }: Extract<Outcome, { kind: 'message' }>,
  resultBytes: number,
): ToolAnswer {
  const answer = toAnswer(message, bytes, resultBytes);
  if (answer.kind === 'answer') return answer;
  return turnedAway.has(status) ? { ...answer, effect: 'none' } : answer;
}

function withoutMessage(status: number): ToolAnswer {
  const effect: Effect = turnedAway.has(status) ? 'none' : 'unknown';
  if (status < 300) return protocolBroken(effect, 'the answer is empty');
  if (status < 400) return protocolBroken(effect, 'it answered with a redirect');
  return statusRefused(effect, status);
}

function lost({ sent, why }: Extract<Outcome, { kind: 'lost' }>, resultBytes: number): ToolAnswer {
  const effect: Effect = sent ? 'unknown' : 'none';
  if (why === 'too-large') return tooLarge(effect, resultBytes);
  if (why === 'no-answer') return protocolBroken(effect, 'the stream ended without an answer');
  return unreachable(effect);
}
