import type { Streamed } from '#contracts/streamed.ts';
import { type Aside, type Lent, type ToolAnswer, ToolServerFault } from '#contracts/tool-server.ts';
import type { SideEffect } from '#kernel/call.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { strangerText } from '#kernel/text/stranger.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import type { Scrubber } from '#planes/credentials/index.ts';
import type { Inspector } from '#planes/semantic/index.ts';
import { cleanBlobs } from './blobs.ts';
import { withoutOwnKeys } from './own-keys.ts';
import { withoutCutEnd } from './results/cut-end.ts';
import type { StreamBounds } from './streams/bounds.ts';
import { Lane } from './streams/lane.ts';
import type { Timer } from './streams/timer.ts';
import { cutIntoWindows } from './streams/windows.ts';
import type { Answer, TakenStream } from './taken-stream.ts';

export type { Answer } from './taken-stream.ts';

/** What a tool server said, once nothing stands in it that must not be told. Made here alone. */
export type Taken = Answer | Failed;

/** What the server wants to know first. */
export interface TakenAsks {
  readonly kind: 'asks';
  readonly requests: JsonObject;
  /** As it came: INVARIANT: nobody is told it but its server. */
  readonly state: string | undefined;
  readonly redactions: number;
}

/** Something that the server said or asked before its answer. */
export interface Heard {
  readonly aside: Aside;
  readonly redactions: number;
}

export interface Failed {
  readonly kind: 'failed';
  readonly refusal: Refusal;
  readonly effect: SideEffect;
  /** The refusal tells something that the server wrote: its labels come first. */
  readonly heard: boolean;
}

/**
 * The one way in for whatever a tool server writes. INVARIANT: lent values are taken out of all of
 * it, keys as well, then what looks like a secret, and only then does anybody check, cut, quote,
 * record or tell it.
 */
export interface Intake {
  answer(answer: WholeAnswer, lent: readonly Lent[]): Taken;
  asks(answer: AskingAnswer, lent: readonly Lent[]): TakenAsks | Failed;
  /** Undefined when it cannot be looked through: then it is not told. */
  aside(aside: Aside, lent: readonly Lent[]): Heard | undefined;
  /** The same for an answer that comes in pieces: found, wherever it was cut. */
  stream(streamed: Streamed, lent: readonly Lent[], bounds: StreamBounds): TakenStream;
  /** What a process wrote beside its answers, for whoever runs it; empty when it cannot be looked through. */
  printed(text: string, lent: readonly Lent[]): string;
  /** Why a list did not come. */
  fault(fault: unknown, lent: readonly Lent[]): Refusal;
  /** Definitions are pinned whole: one that carries what was lent is refused, not changed. */
  definitions(
    definitions: readonly ToolDefinition[],
    lent: readonly Lent[],
  ): readonly ToolDefinition[] | Refusal;
}

export interface IntakeParts {
  readonly scrubber: Scrubber;
  readonly inspector: Inspector;
  readonly timer: Timer;
}

type AskingAnswer = Extract<ToolAnswer, { kind: 'asks' }>;
export type WholeAnswer = Exclude<ToolAnswer, AskingAnswer>;
type FailedAnswer = Extract<ToolAnswer, { kind: 'failed' }>;

export function createIntake(parts: IntakeParts): Intake {
  return {
    answer: (answer, lent) =>
      answer.kind === 'failed' ? takeFailed(parts, answer, lent) : takeAnswer(parts, answer, lent),
    asks: (answer, lent) => takeAsks(parts, answer, lent),
    aside: (aside, lent) => takeAside(parts, aside, lent),
    stream: (streamed, lent, bounds) => takeStream(parts, { streamed, lent, bounds }),
    printed(text, lent) {
      try {
        return clean(parts, text, lent).value;
      } catch {
        return '';
      }
    },
    fault(fault, lent) {
      if (fault instanceof ToolServerFault) {
        return refusalOf(parts, { refusal: fault.toRefusal(), said: fault.said }, lent);
      }
      return fault instanceof BailiwickError ? fault.toRefusal() : refusal('gateway/internal');
    },
    definitions(definitions, lent) {
      const leaks = definitions.some(
        ({ definition }) => parts.scrubber.scrub(definition, lent).hits > 0,
      );
      return leaks
        ? refusal('tools/upstream-protocol', { message: 'a tool definition carries a credential' })
        : definitions;
    },
  };
}

function takeStream(parts: IntakeParts, { streamed, lent, bounds }: Coming): TakenStream {
  const { scrubber, inspector, timer } = parts;
  const scrubbed = scrubber.lanes(lent);
  const cleaning = {
    lane: (name: string) => new Lane(name, scrubbed(), inspector.lane()),
    fact: (value: JsonObject) => cleanObject(parts, value, lent),
    broken: ({ refusal: no, said }: Told) => ({
      refusal: refusalOf(parts, { refusal: no, said }, lent),
      heard: said !== undefined,
    }),
  };
  return cutIntoWindows({ streamed, cleaning, bounds, timer });
}

interface Coming {
  readonly streamed: Streamed;
  readonly lent: readonly Lent[];
  readonly bounds: StreamBounds;
}

function cleanObject(
  parts: IntakeParts,
  value: JsonObject,
  lent: readonly Lent[],
): { readonly value: JsonObject; readonly redactions: number } {
  const told = clean(parts, value, lent);
  const files = cleanBlobs(told.value, (text) => clean(parts, text, lent));
  return { value: withoutOwnKeys(files.value), redactions: told.redactions + files.redactions };
}

function takeResult(
  parts: IntakeParts,
  result: JsonObject,
  lent: readonly Lent[],
): Answer | Failed {
  try {
    const { value, redactions } = cleanObject(parts, result, lent);
    return { kind: 'answer', result: value, redactions };
  } catch (fault) {
    // What cannot be looked through is not told; that it was done stands.
    const no = fault instanceof BailiwickError ? fault.toRefusal() : refusal('gateway/internal');
    return { kind: 'failed', refusal: no, effect: 'done', heard: false };
  }
}

/** INVARIANT: what was cut off is cleaned as it came, and only then loses its end. */
function takeAnswer(
  parts: IntakeParts,
  { result, cut }: Extract<WholeAnswer, { kind: 'answer' }>,
  lent: readonly Lent[],
): Taken {
  const taken = takeResult(parts, result, lent);
  if (cut === undefined || taken.kind === 'failed') return taken;
  return { ...taken, result: withoutCutEnd(taken.result, cut.path), cut };
}

function takeAsks(
  parts: IntakeParts,
  { requests, state }: AskingAnswer,
  lent: readonly Lent[],
): TakenAsks | Failed {
  const taken = takeResult(parts, requests, lent);
  if (taken.kind === 'failed') return taken;
  return { kind: 'asks', requests: taken.result, state, redactions: taken.redactions };
}

function takeAside(parts: IntakeParts, aside: Aside, lent: readonly Lent[]): Heard | undefined {
  const taken = takeResult(parts, aside.params, lent);
  if (taken.kind === 'failed') return undefined;
  return { aside: { ...aside, params: taken.result }, redactions: taken.redactions };
}

function takeFailed(parts: IntakeParts, failed: FailedAnswer, lent: readonly Lent[]): Taken {
  return {
    kind: 'failed',
    refusal: refusalOf(parts, failed, lent),
    effect: failed.effect,
    heard: failed.said !== undefined,
  };
}

interface Told {
  readonly refusal: Refusal;
  readonly said?: string | undefined;
}

function refusalOf(
  parts: IntakeParts,
  { refusal: no, said }: Told,
  lent: readonly Lent[],
): Refusal {
  const words = said === undefined ? '' : wordsOf(parts, said, lent);
  const { details, ...rest } = no;
  // A code is a number of the server's choice: it can be what was lent.
  const facts = details === undefined ? {} : { details: clean(parts, details, lent).value };
  const theirs = words === '' ? {} : { message: words, recordedMessage: no.message };
  return { ...rest, ...theirs, ...facts };
}

/** Whole first, because a cut would leave half of what is looked for; then once more what is shown. */
function wordsOf(parts: IntakeParts, said: string, lent: readonly Lent[]): string {
  try {
    const whole = clean(parts, said, lent).value;
    return clean(parts, strangerText(whole), lent).value;
  } catch {
    return '';
  }
}

function clean<T extends Json>(
  { scrubber, inspector }: IntakeParts,
  value: T,
  lent: readonly Lent[],
): { readonly value: T; readonly redactions: number } {
  const scrubbed = scrubber.scrub(value, lent);
  const redacted = inspector.redact(scrubbed.value);
  const found = redacted.findings.reduce((sum, { count }) => sum + count, 0);
  return { value: redacted.value, redactions: scrubbed.hits + found };
}
