import type { FlowLeak } from '#kernel/decision.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { Label, Labels } from '#kernel/label.ts';
import { type Bare, bareOf, joined } from './bare.ts';
import { flowBounds } from './bounds.ts';
import { kindOf } from './calls.ts';
import { aboveOf, clearanceOf, leavesBy, type Sink } from './clearance.ts';
import { gramLetters } from './grams.ts';
import type { Guard, Guarded, GuardedValue } from './guarded.ts';
import { leavesOf, type Leaf } from './leaves.ts';
import { coversOf } from './covers.ts';
import { unwrapped } from './unwrapped.ts';
import { valuesIn } from './values.ts';

/** A call, and what is known of the task that makes it. */
export interface LeakQuestion extends Sink {
  readonly target: string;
  readonly arguments: JsonObject;
  /** What the task carries, by the book of labels. */
  readonly labels: Labels;
  /** Whether everything confidential that the task has read came by here. */
  readonly seenAll: boolean;
  /** The user's own words: who says it themselves tells nothing new. */
  readonly words: string | undefined;
}

/** Of one label; more are not told. */
const mostPlaces = 4;
const shortValue = 8;

type Form = NonNullable<FlowLeak['form']>;
/** What may be told because the user said it. */
const saidFreely: ReadonlySet<Label> = new Set([
  'confidentiality:personal',
  'confidentiality:sensitive',
]);

/**
 * What a call would tell that may not be told by it. INVARIANT: what of the task, or of the call, is not known or not looked
 * into counts as telling all that the task carries.
 */
export function leaksOf(
  guarded: Guarded,
  said: string,
  question: LeakQuestion,
): readonly FlowLeak[] {
  const { flow, labels, seenAll } = question;
  const { leaves, cut } = leavesOf(question.arguments, undefined, flowBounds.argumentChars);
  const values = leaves.flatMap(({ path, at, value }) => {
    const kind = flow === undefined ? 'payload' : kindOf(flow.sinks, path);
    return kind === 'recipient' || kind === 'url' ? valuesIn(kind, value, at) : [];
  });
  // Where not all is seen, it may go to anybody.
  const above = aboveOf([...labels, ...guarded.labels], clearanceOf(question, cut ? [] : values));
  if (above.length === 0) return [];
  const find = new Find(guarded, question, above);
  if (!cut && seenAll && !guarded.isCut) find.lookInto(leaves, said);
  else find.isCut = true;
  if (!find.isCut) return find.leaks;
  return above.map((label) => ({ label, argument: undefined, origin: undefined, form: undefined }));
}

/** Where what is looked into stands. */
interface Place {
  readonly argument: string | undefined;
  readonly form: Form;
  /** An address that is one value says to whom it goes, and tells them nothing. */
  readonly whole?: string | undefined;
  /** What ends before it was sent by calls of before. */
  readonly from?: number;
}

class Find {
  readonly leaks: FlowLeak[] = [];
  isCut = false;
  readonly #guarded: Guarded;
  readonly #above: Labels;
  readonly #own: string | undefined;
  readonly #flow: Sink['flow'];
  readonly #words: string;
  readonly #room = { left: flowBounds.sentChars };

  constructor(guarded: Guarded, question: LeakQuestion, above: Labels) {
    this.#guarded = guarded;
    this.#above = above;
    this.#flow = question.flow;
    // What stays with the server that it came from has not left it.
    this.#own = leavesBy(question) ? undefined : serverOf(question.target);
    this.#words = bareOf(question.words ?? '').letters;
  }

  lookInto(leaves: readonly Leaf[], said: string): void {
    const sent: Bare[] = [];
    for (const leaf of keysLast(leaves)) {
      if (typeof leaf.value === 'boolean') continue;
      const text = String(leaf.value);
      const bare = bareOf(text);
      this.#room.left -= text.length;
      const whole = this.#isAddress(leaf) ? bare.letters : undefined;
      this.#look(bare, { argument: leaf.at, form: 'verbatim', whole });
      if (text.length >= 12) {
        for (const plain of unwrapped(text, this.#room))
          this.#look(bareOf(plain), { argument: leaf.at, form: 'encoded' });
      }
      // To whom it goes is no part of what they are told.
      if (!this.#isAddress(leaf) || !this.#isValue(bare)) sent.push(bare);
      if (this.#room.left < 0) {
        this.isCut = true;
        return;
      }
    }
    this.#together(joined(sent), said);
  }

  /** Parts that say nothing by themselves: in other arguments, or in other calls of the task. */
  #together(now: Bare, said: string): void {
    const before = { letters: said, starts: new Uint8Array(said.length).fill(1, 0, 1) };
    const all = joined([before, now]);
    this.#look(all, { argument: undefined, form: 'pieces', from: said.length });
    if (this.#guarded.dense.length === 0) return;
    const covers = coversOf(said, now.letters);
    for (const value of this.#guarded.dense) {
      if (covers(value.letters)) this.#found(value.guard, value.letters, undefined, 'pieces');
    }
  }

  #look(bare: Bare, { argument, form, whole, from = 0 }: Place): void {
    const { letters } = bare;
    for (const { guard, at } of this.#guarded.copiedIn(letters)) {
      if (at + gramLetters <= from || (whole === letters && !isSecret(guard))) continue;
      this.#found(guard, letters.slice(at, at + gramLetters), argument, form);
    }
    if (!this.#guarded.hasValues) return;
    for (let at = 0; at + 3 <= letters.length; at += 1) {
      for (const value of this.#guarded.beginning(letters.slice(at, at + 3))) {
        if (at + value.letters.length <= from) continue;
        if (whole === value.letters && !isSecret(value.guard)) continue;
        if (stands(bare, at, value)) this.#found(value.guard, value.letters, argument, form);
      }
    }
  }

  #found(
    { labels, target, call, path }: Guard,
    letters: string,
    argument: string | undefined,
    form: Form,
  ): void {
    if (this.#own !== undefined && serverOf(target) === this.#own) return;
    for (const label of labels) {
      if (!this.#above.includes(label)) continue;
      if (saidFreely.has(label) && this.#words.includes(letters)) continue;
      // INVARIANT: each label is told, however many places there are.
      const known = this.leaks.filter((one) => one.label === label);
      const isTold = known.length >= mostPlaces || known.some((one) => one.origin?.path === path);
      if (!isTold) this.leaks.push({ label, argument, origin: { target, call, path }, form });
    }
  }

  #isValue({ letters }: Bare): boolean {
    const known = this.#guarded.beginning(letters.slice(0, 3));
    return known.some((value) => value.letters === letters);
  }

  #isAddress({ path }: Leaf): boolean {
    const kind = this.#flow && kindOf(this.#flow.sinks, path);
    return kind === 'recipient' || kind === 'account' || kind === 'objectId';
  }
}

/** INVARIANT: to no place does a secret go, as whatever it is written. */
const isSecret = ({ labels }: Guard): boolean => labels.includes('confidentiality:secret');

/** A short value is a word of its own; a long one stands wherever its letters do. */
function stands({ letters, starts }: Bare, at: number, { letters: value }: GuardedValue): boolean {
  if (!letters.startsWith(value, at)) return false;
  if (value.length >= shortValue) return true;
  const end = at + value.length;
  return starts[at] === 1 && (end === letters.length || starts[end] === 1);
}

function serverOf(target: string): string {
  return target.slice(0, Math.max(0, target.indexOf('/')));
}

/** A name between two values would part what belongs together. */
function keysLast(leaves: readonly Leaf[]): readonly Leaf[] {
  const { keys = [], values = [] } = Object.groupBy(leaves, ({ isKey }) =>
    isKey === true ? 'keys' : 'values',
  );
  return [...values, ...keys];
}

/** The letters of a call that was sent, for those that come after it. */
export function lettersSent(given: Json): string {
  const { leaves } = leavesOf(given, undefined, flowBounds.argumentChars);
  const letters = keysLast(leaves).flatMap(({ value }) =>
    typeof value === 'boolean' ? [] : [bareOf(String(value)).letters],
  );
  return letters.join('').slice(-flowBounds.saidChars);
}
