import type { ServerResponse } from 'node:http';
import { commonHeaders, refusalHeaders } from './answer-head.ts';
import type { Answer } from './protocol.ts';
import { cutUnlessTaken } from './taken.ts';

export interface AnswerHead {
  readonly nonce: string;
  readonly close: boolean;
  /** What a 405 allows instead. */
  readonly allow: readonly string[];
  readonly takenMs: number;
}

/** A plain answer, whole. */
export function sendAnswer(response: ServerResponse, answer: Answer, head: AnswerHead): void {
  if (response.destroyed) return;
  const headers = commonHeaders(head.nonce, head.close);
  if (answer.body !== undefined) {
    headers.push('content-type', 'application/json', 'content-length', `${answer.body.length}`);
  }
  if (answer.refusal !== undefined) headers.push(...refusalHeaders(answer.refusal, head.allow));
  if (answer.headers !== undefined) headers.push(...answer.headers);
  response.writeHead(answer.status, headers);
  response.end(answer.body);
  cutUnlessTaken(response, head.takenMs);
}
