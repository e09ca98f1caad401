import type { Call } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Principal } from '#kernel/principal.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import type { Pipeline } from '../pipeline.ts';
import { callOf, type Received } from './call.ts';
import type { Answer, Batch, Reading } from './protocol.ts';

/**
 * Several messages of one request, each a call of its own on the path, one after the other: what one is
 * refused for is not lost to the others. INVARIANT: the request proved once whose it is, with the first
 * that was let pass; the others are that principal's or nobody's.
 */
export async function answerBatch(
  pipeline: Pick<Pipeline, 'run'>,
  received: Received,
  { readings, join }: Batch,
  bodyBytes: number,
): Promise<Answer> {
  const waiting = new Set(readings);
  try {
    return await answerEach(pipeline, { received, readings, join, bodyBytes, waiting });
  } finally {
    for (const never of waiting) never.onEnded?.(undefined);
  }
}

interface Each extends Batch {
  readonly received: Received;
  readonly bodyBytes: number;
  /** Those that were not begun. */
  readonly waiting: Set<Reading>;
}

async function answerEach(pipeline: Pick<Pipeline, 'run'>, batch: Each): Promise<Answer> {
  const { received, readings, join, bodyBytes, waiting } = batch;
  const answers: Answer[] = [];
  let proven: Principal | undefined;
  let bytes = 0;
  for (const [at, asked] of readings.entries()) {
    // Whoever left is not served any more, and answers are bounded together as one is by itself.
    const reading = bytes > limits.resultBytes ? tooMuch(asked) : asked;
    const call = {
      ...callOf(received, reading, at === 0 ? bodyBytes : 0),
      proven,
      signal: signalOf(received, asked),
      onIdentified(principal: Principal, judgedBy: Snapshot) {
        proven ??= principal;
        // Whoever cancels need not know whose turn it is.
        for (const one of [asked, ...waiting]) one.onIdentified?.(principal, judgedBy);
      },
    } satisfies Call;
    waiting.delete(asked);
    const answer = await answered(pipeline, call, reading);
    // What was done before is told: whoever heard only of the proof would do it again.
    if (answer.refusal?.status === 401 && at === 0) return answer;
    answers.push(answer);
    bytes += answer.body?.length ?? 0;
  }
  return join(answers);
}

function signalOf({ signal }: Received, asked: Reading): AbortSignal {
  return asked.signal === undefined ? signal : AbortSignal.any([signal, asked.signal]);
}

async function answered(
  pipeline: Pick<Pipeline, 'run'>,
  call: Call,
  reading: Reading,
): Promise<Answer> {
  let outcome: Awaited<ReturnType<Pipeline['run']>> | undefined;
  try {
    outcome = await pipeline.run(call);
  } finally {
    reading.onEnded?.(outcome);
  }
  return reading.answer(outcome);
}

function tooMuch({ method, revision, heldBy, answer, onEnded }: Reading): Reading {
  const reason = refusal('admit/too-large', { message: 'the answers of this batch are too large' });
  return { method, revision, heldBy, answer, onEnded, action: { kind: 'refused', reason } };
}
