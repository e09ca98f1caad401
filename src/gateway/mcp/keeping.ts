import { type Refusal, refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { KeptForm, Reading } from '../http/protocol.ts';
import type { Place } from '../sessions/kept-answers.ts';
import type { Front, Known } from './front.ts';
import type { Message } from './revision.ts';
import { isPrimed, type Revision } from './revisions.ts';
import { eventOfAnswer } from './talk.ts';

/** What a request needs to be answered to whoever comes back for it. */
export interface Kept extends Pick<Reading, 'onLent'> {
  readonly form: Omit<KeptForm, 'messages'>;
  /** Its client knows what an event without data is for. */
  readonly isPrimed: boolean;
}

interface Asked {
  readonly message: Extract<Message, { kind: 'request' }>;
  readonly session: Known | undefined;
  readonly answer: Reading['answer'];
}

/** An answer is kept for a client that has a session, and can name it. */
export function keepingOf(
  { answers }: Front,
  { message: { method, id }, session, answer }: Asked,
): Kept | undefined {
  if (answers === undefined || session === undefined) return undefined;
  if (typeof id === 'string' && id.length > longestId) return undefined;
  let mayNot: (() => Refusal | undefined) | undefined;
  const primed = isPrimed(session.revision);
  return {
    onLent: (asked) => void (mayNot = asked),
    isPrimed: primed,
    form: {
      opensAfterMs: primed ? limits.primedAfterMs : undefined,
      open: (caller) =>
        answers.keep({
          session: session.id,
          holder: session.holder,
          request: { method, id },
          isPrimed: primed,
          mayNot: () => mayNot?.(),
          instead: (no, effect, recordId) =>
            eventOfAnswer(answer({ kind: 'refused', refusal: no, effect, recordId })),
          caller,
        }),
    },
  };
}

/** Its events name it: they would grow with it. */
const longestId = 256;

/** Tells the rest of an answer to whoever came back for it, or that it is kept no more. */
export function resuming(
  { answers, answerTo }: Front,
  place: Place,
  revision: Revision,
): Pick<Reading, 'live'> {
  const { method, id } = place;
  const gone = { kind: 'refused', effect: 'unknown', recordId: undefined } as const;
  return {
    live(line) {
      const refused = { ...gone, refusal: refusal('tools/answer-gone') };
      const told = eventOfAnswer(answerTo(refused, { id, method, revision }));
      if (answers === undefined) line.finish(told);
      else void answers.resume(place, line, told);
    },
  };
}
