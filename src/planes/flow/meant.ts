import { isNumber, isUsedAs, type Role, singular } from './roles.ts';
import type { Asked } from './asked.ts';
import type { Place } from './source.ts';
import { flowBounds } from './bounds.ts';
import { kindOf } from './calls.ts';
import { leavesOf } from './leaves.ts';
import { nounsOf, nounsOfPlace } from './selectors.ts';
import { serverOf } from './task-index.ts';
import { exact, piecesIn } from './text-forms.ts';
import type { SinkValue } from './values.ts';
import { asksFor } from './words.ts';

export function isId(place: Place): boolean {
  return place.isId && place.asserted && !place.source.isCut;
}

/** Of a tool the first word is what it does: `close_ticket`. */
function nounsOfCall({ question }: Asked, { argument }: SinkValue): readonly string[] {
  const [, ...thing] = nounsOf(question.target.slice(question.target.indexOf('/') + 1));
  return [...thing, ...nounsOf(argument.slice(argument.lastIndexOf('.') + 1))].map(singular);
}

const vague: ReadonlySet<string> = new Set(['id', 'number', 'nr', 'no', 'key', 'ref', 'code']);

/**
 * What a number would have to be in the words to be this id. INVARIANT: a word for another thing, by which the same number was
 * told in this task, makes it that thing's.
 */
export function roleOf(asked: Asked, value: SinkValue, places: readonly Place[]): Role {
  const { flow, target } = asked.question;
  const server = serverOf(target);
  const own = new Set(nounsOfCall(asked, value).filter((noun) => !vague.has(noun)));
  const issued = places.filter(isId);
  const kinds = issued
    .filter(({ source }) => serverOf(source.target) === server)
    .map(({ source, path }) => nounsOfPlace(source.target, path));
  const others = new Set(issued.flatMap(({ source, path }) => nounsOfPlace(source.target, path)));
  const isNoun = (word: string): boolean => {
    const noun = singular(word);
    if (vague.has(noun) || asksFor({ words: new Set([word]) }, flow.deeds)) {
      return own.has(noun) && !flow.deeds.includes(word);
    }
    return own.has(noun) || (kinds.length > 0 && kinds.every((kind) => kind.includes(noun)));
  };
  const takesAmount = Object.values(flow.sinks).includes('amount');
  return {
    isNoun,
    isValue: (word) => isOtherValue(asked, value, word),
    deeds: flow.deeds,
    mayBeBare: !takesAmount,
    mayBeUnknown: (word) => own.size === 0 && !others.has(singular(word)),
  };
}

/** With which another setting of the call begins. */
function isOtherValue({ question }: Asked, { text }: SinkValue, word: string): boolean {
  const { leaves } = leavesOf(question.arguments, undefined, flowBounds.argumentChars);
  return leaves.some(({ path, value }) => {
    if (kindOf(question.flow.sinks, path) !== 'flag' || String(value) === text) return false;
    return exact(String(value)).match(/[\p{L}\p{N}]+/u)?.[0] === word;
  });
}

/** Whether the user said which one, and it is another: by a number or by a word of the same shape. */
export function namesAnother(asked: Asked, value: SinkValue, places: readonly Place[]): boolean {
  const { wanted } = asked.words;
  const own = exact(value.text);
  const role = roleOf(asked, value, places);
  for (const piece of piecesIn(wanted.text)) {
    if (!asked.work.spend()) return true;
    if (piece === own || !/\d/.test(piece) || !isAlike(piece, own)) continue;
    if (!isNumber(piece) || isUsedAs(wanted, piece, role)) return true;
  }
  return false;
}

/** So many results are looked into for what else was issued. */
const mostIssuers = 64;

/**
 * Ids of the things that the words fit best: by whole names, else by words of names. Undefined: there is too much to tell.
 * INVARIANT: of one server whatever was told, by whichever tool: an agent may have read only what it was told to. What the words
 * fit in nothing does not fit.
 */
export function thingsThatFit(
  { index, work, question }: Asked,
  value: SinkValue,
  places: readonly Place[],
): ReadonlySet<string> | undefined {
  const best = new Best();
  let left = mostIssuers;
  const kinds = new Set(places.map(({ source }) => source.target));
  const server = serverOf(places[0]?.source.target ?? question.target);
  for (const kept of index.issuersOf(server)) {
    const source = work.open(kept);
    left -= 1;
    if (source === undefined || left < 0) return undefined;
    for (const [thing, ids] of source.ids) {
      const like = ids.filter((id) => kinds.has(kept.target) || isAlike(id, value.text));
      if (like.length > 0) best.take(work.fits(thing, source), like);
    }
  }
  return work.isSpent ? undefined : best.ids;
}

class Best {
  #score = 1;
  readonly ids = new Set<string>();

  take(score: number, ids: readonly string[]): void {
    if (score < this.#score) return;
    if (score > this.#score) this.ids.clear();
    this.#score = score;
    for (const id of ids) this.ids.add(id);
  }
}

/** Ids that a server gives to things of one kind: `7001` and `7003`, `inv-1` and `INV-20`, but not `s-1`. */
export function isAlike(one: string, other: string): boolean {
  return kindOfId(exact(one)) === kindOfId(exact(other));
}

function kindOfId(id: string): string {
  const [, letters] = /^(\p{L}*)[-_:]?\d+$/u.exec(id) ?? [];
  return letters === undefined ? id.replace(/[\p{L}\p{N}]+/gu, 'x') : `${letters}9`;
}

/** Of a thing that is named where the words say no. */
export function isExcluded({ work }: Asked, { thing, asserted, source }: Place): boolean {
  return asserted && work.isExcluded(thing, source);
}

/**
 * Where a value may get a ground. INVARIANT: what its server gave as an id is that, and in a field of another kind something else; so is an id of digits
 * alone, or told by another server.
 */
export function placesThatCount(
  { question }: Asked,
  { kind, text, argument }: SinkValue,
  places: readonly Place[],
): readonly Place[] {
  if (kind !== 'objectId') return places;
  const server = serverOf(question.target);
  const issued = places.filter((place) => isId(place) && serverOf(place.source.target) === server);
  const own = issued.filter((place) => isOwnId(place, argument));
  if (own.length > 0) return own;
  return issued.length > 0 || isNumber(exact(text)) ? issued : places;
}

/** `claims[].id`, and not `claims[].policy`, for a claim. */
function isOwnId({ path }: Place, argument: string): boolean {
  const nouns = nounsOf(path.slice(path.lastIndexOf('.') + 1)).map(singular);
  const own = nounsOf(argument.slice(argument.lastIndexOf('.') + 1)).map(singular);
  return nouns.every((noun) => vague.has(noun) || own.includes(noun));
}
