import { ShortLived } from '#contracts/short-lived.ts';
import { limits } from '#kernel/limits.ts';
import { hearBeside, type Listener } from '../wire/aside.ts';
import { beginsResult, type CutMessage, idOfCut } from '../wire/cut-answer.ts';
import { type Message, readMessage } from '../wire/message.ts';
import { replyBytes } from '../wire/request.ts';
import { type Child, type ChildParts, type Gone, startChild } from './child.ts';

/** What became of a request: its answer, or the end of the process. */
export type Reply =
  | { readonly kind: 'message'; readonly message: Message; readonly line: Buffer }
  /** Its answer is longer than anything that is read whole. */
  | { readonly kind: 'cut'; readonly cut: CutMessage }
  | { readonly kind: 'gone'; readonly why: string };

/** One running process and the requests in flight to it, told apart by id. */
export interface Peer {
  nextId(): number;
  /** Undefined when nothing was handed over. Else it always settles, at the latest with the process. */
  ask(id: number, bytes: Buffer, listener?: Listener): Promise<Reply> | undefined;
  /** Nobody waits for this answer any more, not even to say that it was late. */
  forget(id: number): void;
  tell(bytes: Buffer): void;
  readonly pid: number | undefined;
  stop(why?: string): Promise<void>;
}

export interface PeerHooks {
  /** Whether that was a word about something that changed. */
  onNotice(message: Message): boolean;
  onPrinted(bytes: Buffer): void;
  onGone(gone: Gone): void;
}

/** Lines that answer nothing: more than this in a minute and the process is ended. */
const noiseAllowed = 10_000;
const noiseWindowMs = 60_000;
const tooMuch = `it was ended: it wrote ${noiseAllowed} lines in a minute that answer nothing`;
const openBrace = 123;
/** Of a line that is no message, so much is shown to whoever runs the server. */
const longestChatter = 1_024;
const newline = Buffer.of(10);

export function startPeer(parts: ChildParts, hooks: PeerHooks): Peer {
  const waiting = new ShortLived<number, Waiting>();
  let lastId = 0;
  const makeNoise = createNoiseMeter(() => void child.stop(tooMuch));
  const take = (message: Message, line: Buffer): void => {
    switch (message.kind) {
      case 'result':
      case 'error': {
        const one = typeof message.id === 'number' ? waiting.get(message.id) : undefined;
        if (one === undefined) return makeNoise();
        waiting.delete(message.id as number);
        return one.settle({ kind: 'message', message, line });
      }
      case 'notification':
        if (!hooks.onNotice(message) && !hearBeside(waiting, message, true)) makeNoise();
        return;
      case 'request':
        // A process does not say for whom it speaks.
        if (hearBeside(waiting, message, true)) return;
        makeNoise();
        child.send(replyBytes(message.id, message.method));
        return;
      case 'broken':
        makeNoise();
        return fail(message, line);
    }
  };
  const fail = failOnly(waiting);
  const takeCut = cutTaker(waiting, fail, makeNoise);
  const child: Child = startChild(parts, {
    onLine: (line) => {
      // Other lines are chatter of programs that print where they should not.
      if (line[0] === openBrace) take(readMessage(line, limits.upstreamMessageBytes), line);
      else {
        makeNoise();
        hooks.onPrinted(Buffer.concat([line.subarray(0, longestChatter), newline]));
      }
    },
    onCut: takeCut,
    isWaitedFor: waitedForIn(waiting),
    onPrinted: (bytes) => hooks.onPrinted(bytes),
    onGone: (gone) => {
      for (const one of waiting.values()) one.settle({ kind: 'gone', why: gone.why });
      waiting.clear();
      hooks.onGone(gone);
    },
  });
  return {
    nextId: () => (lastId += 1),
    ask(id, bytes, listener) {
      if (!child.send(bytes)) return undefined;
      return new Promise((settle) => waiting.set(id, { settle, listener }));
    },
    forget: (id) => void waiting.delete(id),
    tell: (bytes) => void child.send(bytes),
    pid: child.pid,
    stop: (why) => child.stop(why),
  };
}

type Fail = (message: Message, line: Buffer) => void;

/**
 * It names nobody safely. With one request in flight it can only be the answer to that; with several,
 * whoever waits for it runs out of time. Either way the effect is unknown.
 */
function failOnly(waiting: ShortLived<number, Waiting>): Fail {
  return (message, line) => {
    const [id = 0] = waiting.keys();
    const only = waiting.get(id);
    if (waiting.size !== 1 || only === undefined) return;
    waiting.delete(id);
    only.settle({ kind: 'message', message, line });
  };
}

/** An answer that is too long to be read whole: whose it is stands at its beginning or its end. */
function cutTaker(waiting: ShortLived<number, Waiting>, fail: Fail, makeNoise: () => void) {
  return (cut: CutMessage): void => {
    const id = idOfCut(cut);
    const one = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || one === undefined) {
      makeNoise();
      return fail({ kind: 'broken', why: 'an answer is too large to be read' }, cut.head);
    }
    waiting.delete(id);
    one.settle({ kind: 'cut', cut });
  };
}

/** Whose answer it is may stand at its end: then it can be anybody's who waits. */
function waitedForIn(waiting: Pick<ShortLived<number, Waiting>, 'has' | 'size'>) {
  return (head: Buffer): (() => boolean) => {
    if (!beginsResult(head)) return () => false;
    const id = idOfCut({ head, bytes: head.length });
    return () => (id === undefined ? waiting.size > 0 : waiting.has(id));
  };
}

interface Waiting {
  readonly settle: (reply: Reply) => void;
  readonly listener: Listener | undefined;
}

function createNoiseMeter(onTooMuch: () => void): () => void {
  let noise = 0;
  let since = performance.now();
  return () => {
    const now = performance.now();
    if (now - since > noiseWindowMs) {
      noise = 0;
      since = now;
    }
    noise += 1;
    if (noise === noiseAllowed) onTooMuch();
  };
}
