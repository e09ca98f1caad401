import type { Batch, Reading } from '../http/protocol.ts';
import type { Incoming } from './message.ts';

/** Several messages as one request: what is said before an answer has no place in it. */
export function batchOf(
  messages: readonly Incoming[],
  read: (message: Incoming) => Reading,
): Batch {
  return {
    readings: messages.map((message) => {
      const { talk: _, stream: __, live: ___, ...reading } = read(message);
      return reading;
    }),
    join(answers) {
      const told = answers.flatMap(({ body }, at) =>
        body === undefined || messages[at]?.kind === 'notification' ? [] : [body],
      );
      if (told.length === 0) return { status: 202, body: undefined, refusal: undefined };
      return { status: 200, body: Buffer.from(`[${told.join(',')}]`), refusal: undefined };
    },
  };
}
