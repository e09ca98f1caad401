import type { ServerResponse } from 'node:http';
import type { Refusal } from '#kernel/errors.ts';
import { commonHeaders, refusalHeaders } from './answer-head.ts';
import type { Answer } from './protocol.ts';
import { cutUnlessTaken } from './taken.ts';

export interface AnswerHead {
  readonly nonce: string;
  readonly close: boolean;
  /** What a 405 allows instead. */
  readonly allow: readonly string[];
  readonly takenMs: number;
  /** Where a no says that one can sign in. */
  readonly signIn?: ((no: Refusal, status: number) => string | undefined) | undefined;
}

/** A plain answer, whole. */
export function sendAnswer(response: ServerResponse, answer: Answer, head: AnswerHead): void {
  if (response.destroyed) return;
  const headers = commonHeaders(head.nonce, head.close);
  if (answer.body !== undefined) {
    headers.push('content-type', 'application/json', 'content-length', `${answer.body.length}`);
  }
  if (answer.refusal !== undefined) {
    const signIn = head.signIn?.(answer.refusal, answer.status);
    headers.push(...refusalHeaders(answer.refusal, head.allow, signIn));
  }
  if (answer.headers !== undefined) headers.push(...answer.headers);
  response.writeHead(answer.status, headers);
  end(response, answer.body);
  cutUnlessTaken(response, head.takenMs);
}

/** Longer ones would be copied once more than they are as bytes. */
const shortBytes = 16_384;

/**
 * Node writes a text in one piece with the head, bytes in two: one buffer for the kernel, and one
 * record of TLS. A letter of latin1 is a byte, so the bytes are the same.
 */
function end(response: ServerResponse, body: Buffer | undefined): void {
  if (body === undefined || body.length > shortBytes) response.end(body);
  else response.end(body.toString('latin1'), 'latin1');
}
