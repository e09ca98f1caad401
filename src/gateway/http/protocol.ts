import type { Call, Envelope, Outcome } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { Traced } from '#kernel/trace.ts';
import type { ReleasedWindow } from '../release.ts';

/** One address that a protocol serves: an exact path, without a query. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Set: the path goes on with one more part, of this form. */
  readonly below?: RegExp;
}

/** A front: it translates between one protocol and the path, and decides nothing. */
export interface Protocol {
  /** Stands in every call that comes by it. */
  readonly name: string;
  readonly routes: readonly Route[];
  /** How headers of its own begin that decide something: one that stands twice is refused. */
  readonly headerPrefixes: readonly string[];
  /** Whose clients may sign in for tokens: this address, and each with one more part of this form. */
  readonly resource?: { readonly path: string; readonly below: RegExp };
  /** What a request asks. INVARIANT: what cannot be read or enforced is an action `refused`. */
  read(request: HttpRequest): Reading | Batch;
  /** The answer to a request that was refused before it was read. */
  answer(outcome: Outcome): Answer;
  /** Ends what it keeps open beside calls, so that the listener can close. */
  close?(): void;
}

/** A request at one of the protocol's routes, from somebody who presented some credential. */
export interface HttpRequest {
  readonly route: Route;
  /** Only headers that decide something, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly traced: Traced;
  /** What stood behind the path of a route that goes on; undefined at all others. */
  readonly below: string | undefined;
  /** Empty where the method has no body. */
  readonly body: Buffer;
  /** Ends the call as if its caller had left. */
  readonly cancel: () => void;
}

/** What a front read out of one request, in words of the path, and how its outcome is told. */
export interface Reading
  extends Pick<Envelope, 'method' | 'revision'>,
    Partial<
      Pick<
        Envelope,
        'heldBy' | 'approvalHandle' | 'words' | 'userReply' | 'pageReply' | 'talk' | 'onLent'
      >
    > {
  /** Where the message itself may say it; undefined: what the headers say stands. */
  readonly traced?: Traced | undefined;
  readonly action: Call['action'];
  readonly answer: (outcome: Outcome) => Answer;
  /** Whoever asked it may leave and come back: to leave ends nothing, to stay away does. */
  readonly outlives?: boolean;
  /** Ends this one of several messages; undefined where only its request ends. */
  readonly signal?: AbortSignal | undefined;
  /** Given when the answer may come in windows. */
  readonly stream?: StreamForm | undefined;
  /** Asked after it and before its answer stays open, each a call of its own. */
  readonly also?: readonly Also[] | undefined;
  /** Given when the answer stays open, once it was taken note of, for what happens later. */
  readonly live?: ((line: PacedLine) => void) | undefined;
  readonly onIdentified?: Envelope['onIdentified'];
  /** Whatever the outcome; undefined when there is none. */
  readonly onEnded?: ((outcome: Outcome | undefined) => void) | undefined;
}

export interface Also extends Pick<Reading, 'method' | 'action' | 'onIdentified'> {
  readonly onEnded: (outcome: Outcome) => void;
}

/** Several messages that came as one request. */
export interface Batch {
  readonly readings: readonly Reading[];
  /** One answer of theirs, in their order. */
  readonly join: (answers: readonly Answer[]) => Answer;
}

export interface Answer {
  readonly status: number;
  /** JSON, if any. */
  readonly body: Buffer | undefined;
  /** What the answer refuses, from which the headers of a refusal are made. */
  readonly refusal: Refusal | undefined;
  /** Names and values in turn, of the protocol's own: what every answer has is not its to say. */
  readonly headers?: readonly string[];
}

/**
 * What stays open of an answer. INVARIANT: its call is on record already, and nothing of a call leaves by it
 * but what that call has released.
 */
export interface LiveLine {
  /** False when its reader has left, or does not read. */
  write(bytes: Buffer): boolean;
  end(last: Buffer | undefined): void;
  onClose(closed: () => void): void;
}

export interface PacedLine extends LiveLine {
  /** Resolves when there is room again: false when its reader has left, or was too slow and was cut off. */
  taken(): Promise<boolean>;
  /** The end of it, behind what waits here for its reader, who has a while to take it. */
  finish(last?: Buffer): void;
}

/** How an answer is written that leaves in windows. Its head says 200: it leaves with the first. */
export interface StreamForm {
  readonly contentType: string;
  /** Says nothing, to whoever cuts what is silent. Left away where it may not open the stream. */
  readonly keepAlive?: Buffer;
  readonly window: (released: ReleasedWindow) => Buffer;
  /** The last words, whatever the outcome: after a window there is no status left to say it with. */
  readonly end: (outcome: Outcome) => Buffer;
  /** Set where its reader may leave, and come back for the rest by another request. */
  readonly kept?: KeptForm | undefined;
}

/** How an answer is written that is kept for a while. */
export interface KeptForm {
  /** The same as a window, message by message: after each of them its reader may have left. */
  readonly messages: (released: ReleasedWindow) => readonly Buffer[];
  /** So long after it was asked it opens by itself, so that its reader knows what to come back for. */
  readonly opensAfterMs: number | undefined;
  /** Once, when it opens. */
  readonly open: (caller: AwayCaller) => Keeping;
}

/** Its reader, as far as it comes and goes. */
export interface AwayCaller {
  /** Ends the connection by which it asked: it reads by another one now. */
  lose(): void;
  back(): void;
  left(): void;
}

export interface Keeping {
  /** What is written before everything else. */
  readonly first: Buffer | undefined;
  /** Keeps one message; answers it with the place at which its reader is after it. */
  add(message: Buffer): Buffer;
  /** The last one, and how it ended. */
  end(message: Buffer, outcome: Outcome): Buffer;
}
