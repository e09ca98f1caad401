import { createHmac } from 'node:crypto';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { RepeatBook, RepeatedAct, RepeatKey } from '#contracts/repeat-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Person } from '#kernel/principal.ts';
import { type Clock, isoTime } from '#kernel/time.ts';

export interface RepeatableAct {
  readonly person: Person;
  /** As whoever asks calls it, so that it is done once however often it is asked for. */
  readonly key: string;
  /** Route, query and body. */
  readonly request: JsonObject;
  /** What is told when it was done before. */
  readonly again: 'same answer' | 'that it was done';
  readonly run: () => Promise<JsonObject>;
}

export interface RepeatedActs {
  once(act: RepeatableAct): Promise<{ readonly answer: JsonObject; readonly isRepeated: boolean }>;
}

export interface RepeatBounds {
  /** How long a key stands for what was asked by it. */
  readonly keptMs: number;
  /** Keys of one person at a time, and of each API token of theirs. */
  readonly ofPerson: number;
  /** A longer answer is not kept. */
  readonly answerBytes: number;
}

export const repeatBounds: RepeatBounds = {
  keptMs: 86_400_000,
  ofPerson: 5_000,
  answerBytes: 65_536,
};

/** The name of the key that kept answers are sealed under: it stands with the keys and not in the store. */
export const repeatsKey = 'repeated-acts';

interface Parts {
  readonly book: RepeatBook;
  readonly sealed: KeyringWrapper;
  readonly clock: Clock;
  readonly bounds?: RepeatBounds;
}

/**
 * Acts that are done once by a key (decision 0136). INVARIANT: it is written down that one begins before it does, so
 * whatever ends the program in between, nobody does it a second time by the same key. What a refusal did nothing of was
 * asked by a key that is free again, and what it did all the same stands as done; a fault may have, so that is not
 * known, and said.
 */
export function createRepeatedActs(parts: Parts): RepeatedActs {
  /** Who asks by which key now. A row that is not done, and nobody else asks by, is of a program that ended, or a fault. */
  const asking = new Map<string, Asking>();
  return {
    async once(act) {
      const { bounds = repeatBounds } = parts;
      const { person, key } = act;
      const place = { tenant: person.tenant, person: whoAsks(person), key: sha256Hex(key) };
      const name = canonicalText(place);
      const request = digestOf(act);
      const now = parts.clock.now();
      const others = asking.get(name);
      const here: Asking = others ?? { count: 0, isShared: false };
      here.count += 1;
      here.isShared ||= others !== undefined;
      asking.set(name, here);
      try {
        const until = now + bounds.keptMs;
        const asked = { ...place, request, now, until, most: bounds.ofPerson };
        const begun = await parts.book.begin(asked);
        if (begun.kind === 'full') throw new BailiwickError('api/idempotency-full');
        if (begun.kind === 'begun') {
          return { answer: await doNow(parts, place, act, bounds), isRepeated: false };
        }
        if (begun.act.request !== request) throw new BailiwickError('api/idempotency-mismatch');
        return {
          answer: answerAgain(parts, place, { ...begun.act, ...here }),
          isRepeated: true,
        };
      } finally {
        here.count -= 1;
        if (here.count === 0) asking.delete(name);
      }
    },
  };
}

interface Asking {
  count: number;
  /** Another one asked by this key while this one did. */
  isShared: boolean;
}

async function doNow(
  { book, sealed, clock }: Parts,
  place: RepeatKey,
  { run, again }: RepeatableAct,
  bounds: RepeatBounds,
): Promise<JsonObject> {
  let answer: JsonObject;
  try {
    answer = await run();
  } catch (fault) {
    // The refusal is told, also where that cannot be written down; whoever repeats it hears that it is not known.
    if (fault instanceof BailiwickError && fault.status < 500)
      await settleRefused(book, place, { fault, now: clock.now() }).catch(() => undefined);
    throw fault;
  }
  const text = canonicalText(answer);
  const isKept = again === 'same answer' && Buffer.byteLength(text) <= bounds.answerBytes;
  const kept = isKept ? sealed.wrap(Buffer.from(text), contextOf(place)) : undefined;
  const noted = { answer: kept && Buffer.from(kept).toString('base64'), now: clock.now() };
  // It was done: whoever asked hears so, also where that cannot be written down. A second one hears that it is not known.
  await book.finish({ ...place, ...noted }).catch(() => undefined);
  return answer;
}

/** Of these whoever asked is refused after something was done: a review waits that was asked for. */
const refusedAndDone: ReadonlySet<string> = new Set(['config/needs-review']);

function settleRefused(
  book: RepeatBook,
  place: RepeatKey,
  { fault, now }: { readonly fault: BailiwickError; readonly now: number },
): Promise<void> {
  if (!refusedAndDone.has(fault.code)) return book.drop(place);
  return book.finish({ ...place, answer: undefined, now });
}

function answerAgain(
  { sealed }: Parts,
  place: RepeatKey,
  { doneAt, answer, isShared }: RepeatedAct & Asking,
): JsonObject {
  if (doneAt === undefined) {
    if (isShared) throw new BailiwickError('api/idempotency-running', { retryAfter: 1 });
    throw new BailiwickError('api/idempotency-unknown');
  }
  if (answer === undefined) throw notKept(doneAt);
  try {
    const bytes = sealed.unwrap(Buffer.from(answer, 'base64'), contextOf(place));
    return parseJson(bytes) as JsonObject;
  } catch {
    throw notKept(doneAt);
  }
}

function notKept(doneAt: number): BailiwickError {
  return new BailiwickError('api/idempotency-done', { details: { doneAt: isoTime(doneAt) } });
}

/**
 * INVARIANT: a token uses up no key of its person, nor of another token: programs ask more than people do. No name of a
 * person begins with a space.
 */
function whoAsks({ name, through }: Person): string {
  return through?.kind === 'token' ? ` token ${through.id}` : name;
}

function contextOf({ tenant, person, key }: RepeatKey): string {
  return canonicalText({ of: repeatsKey, tenant, person, key });
}

/** Keyed by what only whoever asks has: of a short secret in a body a plain digest would say what it is. */
function digestOf({ key, request }: RepeatableAct): string {
  return createHmac('sha256', key).update(canonicalText(request)).digest('hex');
}

/** RFC draft `idempotency-key-header`: a string, with its quotes or without. Long enough to be nobody else's. */
export function readIdempotencyKey(
  given: string | readonly string[] | undefined,
): string | undefined {
  if (given === undefined) return undefined;
  const key =
    typeof given === 'string'
      ? /^("?)([A-Za-z0-9._~:+/=-]{16,128})\1$/.exec(given)?.[2]
      : undefined;
  if (key !== undefined) return key;
  throw new BailiwickError('api/invalid', {
    details: {
      problems: ['Idempotency-Key: 16 to 128 letters, digits or ._~:+/=-, such as a random UUID'],
    },
  });
}
