import { randomBytes } from 'node:crypto';
import { alone, type AnswerName, type Fellows, type NextOfAnswer } from '#contracts/fellows.ts';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { Outcome } from '#kernel/call.ts';
import type { Clock } from '#kernel/time.ts';
import type { Keeping, PacedLine } from '../http/protocol.ts';
import { AnswerRoom } from './answer-room.ts';
import { type AnswerOf, KeptAnswer } from './kept-answer.ts';
import { type Place, placeIn, sealedName } from './places-of-answers.ts';
import { localSource, otherSource, tellRest } from './told-later.ts';

export type { Place };

/**
 * Answers of calls that take a while, for whoever lost the connection on which they came: in memory, for a
 * while, as much as there is room for. INVARIANT: what names one is sealed, and good in its own session
 * alone, at whichever gateway; and what is told of one was released by its call.
 */
export interface KeptAnswers {
  keep(of: AnswerOf): Keeping;
  /** Undefined: of no answer in this session. */
  placeOf(text: string, session: string): Place | undefined;
  /** Tells the rest, or `gone` where it is kept no more. Resolves when all of it was taken, or nobody reads. */
  resume(place: Place, line: PacedLine, gone: Buffer): Promise<void>;
  /** For the other gateways of the listener. */
  readonly nextHere: (name: AnswerName) => NextOfAnswer;
  endSession(session: string): void;
  close(): void;
}

export interface KeptAnswersParts {
  readonly seal: Pick<KeyringWrapper, 'wrap' | 'unwrap'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly fellows?: Pick<Fellows, 'index' | 'others'>;
}

/** How soon its client should come back. */
const retryMs = 1_000;

export function createKeptAnswers(parts: KeptAnswersParts): KeptAnswers {
  const { fellows = alone, seal, clock } = parts;
  const room = new AnswerRoom(clock);
  const lines = new Set<PacedLine>();
  const found = ({ token, session }: Pick<AnswerName, 'token' | 'session'>) => {
    const one = room.get(token);
    return one?.of.session === session ? one : undefined;
  };
  const sourceOf = ({ token, session }: Place) => {
    const keeper = Number(token.slice(0, token.indexOf('.')));
    if (keeper === fellows.index) return localSource(found({ token, session }));
    return otherSource(
      fellows.others.find(({ index }) => index === keeper),
      { token, session },
    );
  };
  return {
    keep(of) {
      const token = `${fellows.index}.${randomBytes(12).toString('base64url')}`;
      const one = new KeptAnswer(of);
      room.open(token, one);
      return keeping(parts, { one, token, room });
    },
    placeOf: (text, session) => placeIn(seal, text, session),
    async resume(place, line, gone) {
      lines.add(line);
      try {
        await tellRest(sourceOf(place), line, { after: place.after, gone });
      } catch {
        // What cannot be told is not told, and its reader comes back or is told that it is gone.
        line.end(undefined);
      } finally {
        lines.delete(line);
      }
    },
    nextHere: (name) => nextOf(found(name), name),
    endSession: (session) => room.endSession(session),
    close() {
      for (const line of lines) line.end(undefined);
      room.close();
    },
  };
}

interface Kept {
  readonly one: KeptAnswer;
  readonly token: string;
  readonly room: AnswerRoom;
}

/** INVARIANT: each message has its own place, so that whoever comes back hears it once, or not again. */
function keeping({ seal, clock }: KeptAnswersParts, { one, token, room }: Kept): Keeping {
  const { request, session, isPrimed } = one.of;
  const name = sealedName(seal, { ...request, session, token });
  const add = (message: Buffer): Buffer => {
    const event = Buffer.concat([Buffer.from(`id: ${name}.${one.place}\n`), message]);
    room.add(one, event);
    return event;
  };
  return {
    first: isPrimed ? add(Buffer.from(`retry: ${retryMs}\ndata: \n\n`)) : undefined,
    add,
    end(message, outcome) {
      const event = add(message);
      one.end({ ...howItEnded(outcome), at: clock.monotonic() });
      return event;
    },
  };
}

/** What another gateway, whose client came back there, is told of it. */
function nextOf(
  one: KeptAnswer | undefined,
  { reader, told, isFirst, isLast }: AnswerName,
): NextOfAnswer {
  if (one === undefined) return { state: 'gone', events: [] };
  if (isLast) {
    one.left(reader);
    return { state: 'lost', events: [] };
  }
  if (isFirst) one.begin(reader);
  const { state, events } = one.after(reader, told);
  return { state, events: events.map((bytes) => bytes.toString('utf8')) };
}

function howItEnded(outcome: Outcome) {
  const { recordId } = outcome;
  if (outcome.kind === 'refused') return { effect: outcome.effect, recordId };
  return { effect: outcome.kind === 'held' ? ('none' as const) : ('done' as const), recordId };
}
