import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { AnswerName, Fellow } from '#contracts/fellows.ts';
import { limits } from '#kernel/limits.ts';
import type { PacedLine } from '../http/protocol.ts';
import type { KeptAnswer, Next } from './kept-answer.ts';

/** Where the rest of an answer comes from: here, or another gateway of the listener. */
export interface Source {
  /** Takes it over from whoever read it before. */
  begin(): Promise<void>;
  /** What comes after so many messages; nothing, when that takes longer than a silence may be. */
  next(told: number, closed: Promise<void>): Promise<Next>;
  left(): void;
}

interface Rest {
  readonly after: number;
  /** What is told where nothing is kept any more. */
  readonly gone: Buffer;
}

const keepAlive = Buffer.from(': \n\n');

/**
 * Tells what is left of an answer, then what still comes of it. INVARIANT: one message at most waits here
 * for a reader who does not read.
 */
export async function tellRest(
  source: Source,
  line: PacedLine,
  { after, gone }: Rest,
): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const reader = { isThere: true };
  line.onClose(() => {
    reader.isThere = false;
    resolve();
  });
  let told = after + 1;
  await source.begin();
  while (reader.isThere) {
    const { state, events } = await source.next(told, closed);
    if (state === 'gone') return line.finish(gone);
    for (const event of events) {
      if (!line.write(event) || !(await line.taken())) return source.left();
      told += 1;
    }
    if (state !== 'open') return line.finish();
    if (events.length === 0 && !line.write(keepAlive)) break;
  }
  source.left();
}

const isNothing = ({ state, events }: Next): boolean => state === 'open' && events.length === 0;
const gone: Next = { state: 'gone', events: [] };

export function localSource(answer: KeptAnswer | undefined): Source {
  const reader = randomBytes(9).toString('base64url');
  return {
    begin: () => Promise.resolve(answer?.begin(reader)),
    async next(told, closed) {
      if (answer === undefined) return gone;
      const silent = new AbortController();
      const silence = pause(limits.keepAliveMs, true, { ref: false, signal: silent.signal });
      const over = Promise.race([silence.catch(() => true), closed.then(() => true)]);
      try {
        for (;;) {
          const next = answer.after(reader, told);
          if (!isNothing(next)) return next;
          const isOver = await Promise.race([answer.changed().then(() => false), over]);
          if (isOver) return next;
        }
      } finally {
        silent.abort();
      }
    },
    left: () => answer?.left(reader),
  };
}

/** How often another gateway is asked whether there is more. */
const askMs = 250;

export function otherSource(
  keeper: Fellow | undefined,
  name: Pick<AnswerName, 'token' | 'session'>,
): Source {
  const reader = randomBytes(9).toString('base64url');
  const ask = async (told: number, more: Pick<AnswerName, 'isFirst' | 'isLast'>): Promise<Next> => {
    // One that is away keeps nothing for anybody at the moment.
    const next = await keeper?.ask
      .nextOfAnswer({ ...name, reader, told, ...more })
      .catch(() => undefined);
    if (next === undefined) return gone;
    return { state: next.state, events: next.events.map((text) => Buffer.from(text, 'utf8')) };
  };
  let isFirst = true;
  return {
    begin: () => Promise.resolve(),
    async next(told, closed) {
      let isOver = false;
      void closed.then(() => (isOver = true));
      for (let waited = 0; ; waited += askMs) {
        const next = await ask(told, { isFirst, isLast: false });
        isFirst = false;
        if (isOver || !isNothing(next) || waited >= limits.keepAliveMs) return next;
        await Promise.race([pause(askMs, undefined, { ref: false }), closed]);
      }
    },
    left: () => void ask(0, { isFirst: false, isLast: true }),
  };
}
