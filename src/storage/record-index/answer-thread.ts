import { setPriority } from 'node:os';
import { parentPort as port } from 'node:worker_threads';
import { BailiwickError } from '#kernel/errors.ts';
import { OpenAsks } from './open-asks.ts';
import type { FromThread, ToldProblem, ToThread } from './ask-thread.ts';

export interface AnsweringOptions {
  readonly answers: Readonly<
    Record<string, (about: unknown, turn: () => Promise<void>) => Promise<unknown>>
  >;
  readonly onStop: () => void;
}

/** The side of the thread: answers what is asked, each question giving way to others at its turns. */
export function answerAsks({ answers, onStop }: AnsweringOptions): void {
  if (port === null) throw new Error('this file runs only as a worker');
  const asks = new OpenAsks();
  const answer = async (id: number, method: string, about: unknown): Promise<void> => {
    asks.begin(id);
    try {
      const one = Object.hasOwn(answers, method) ? answers[method] : undefined;
      if (one === undefined) throw new BailiwickError('audit/index-unavailable');
      tell({ kind: 'answer', id, answer: await one(about, () => turn(asks, id)) });
    } catch (fault) {
      tell({ kind: 'problem', id, problem: problemOf(fault) });
    } finally {
      asks.end(id);
    }
  };
  port.on('message', (message: ToThread) => {
    if (message.kind === 'gone') asks.leave(message.id);
    else if (message.kind === 'ask') void answer(message.id, message.method, message.about);
    else {
      onStop();
      port?.close();
    }
  });
}

export function tellFromThread(told: unknown): void {
  tell({ kind: 'told', told });
}

function tell(message: FromThread): void {
  port?.postMessage(message);
}

/** Behind whatever serves calls: on Linux a thread has a priority of its own. */
export function giveWay(): void {
  try {
    setPriority(0, 10);
  } catch {
    // Where it may not be lowered it is as it was.
  }
}

async function turn(asks: OpenAsks, id: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (asks.isGone(id)) {
    throw new BailiwickError('audit/index-unavailable', { message: 'whoever asked has gone' });
  }
}

function problemOf(fault: unknown): ToldProblem {
  if (!(fault instanceof BailiwickError)) {
    const message = fault instanceof Error ? fault.message : String(fault);
    return { code: 'audit/index-unavailable', message };
  }
  const { code, message, suggestedAction, details } = fault;
  return { code, message, suggestedAction, ...(details === undefined ? {} : { details }) };
}
