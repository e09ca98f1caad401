import { isAlike, isId, namesAnother, thingsThatFit } from './meant.ts';
import { type Asked, isWhole } from './asked.ts';
import { isStrange } from './search.ts';
import type { Place } from './source.ts';
import { exact } from './text-forms.ts';
import type { Thing } from './leaves.ts';
import { serverOf } from './task-index.ts';
import type { SinkValue } from './values.ts';
import { meansAll } from './words.ts';
import { isReadBack } from './written.ts';

const owned: ReadonlySet<SinkValue['kind']> = new Set(['recipient', 'account', 'objectId']);

/** In a field that its server answers for, of a thing that the user described. */
export function isPointedAt(
  asked: Asked,
  value: SinkValue,
  places: readonly Place[],
): boolean | 'several' {
  // What is not known here could be meant as well.
  if (asked.question.missing === true) return false;
  let several = false;
  for (const place of places) {
    if (!asked.work.spend()) return false;
    if (!place.asserted || place.source.isCut) continue;
    const isSaid = () => place.isId || !isReadBack(asked, value, place.source);
    const described = asked.work.describedBy(place);
    if (described !== undefined) {
      if (isTheOne(asked, value, place, described) && isSaid()) return true;
      several = true;
      continue;
    }
    const looked = isLookedUp(asked, value, place);
    if (looked === 'several') several = true;
    // What the words could mean in one directory is not the agent's choice by another one.
    const isMeant = looked === 'hinted' || (looked === 'own' && !several);
    if (isMeant && isSaid()) return true;
  }
  return several && 'several';
}

/** In a directory: the one that the words could mean, one of several, or the agent's choice among the company's own. */
function isLookedUp(
  { work, question, index }: Asked,
  { kind, text }: SinkValue,
  { source, thing }: Place,
): 'hinted' | 'several' | 'own' | undefined {
  if (!source.isDirectory) return undefined;
  const alike = work.hintedIn(source);
  if (alike.has(thing)) return alike.size === 1 ? 'hinted' : 'several';
  const isOwn = owned.has(kind) && isWhole(question, index);
  return isOwn && !isStrange({ work, index }, text) ? 'own' : undefined;
}

/**
 * By one of its names no other thing is meant as well or better, but for one that has the same value: of two tickets of one
 * person a person chooses, and `her ticket 7002` is not 7001.
 */
function isTheOne(
  { work, index, words }: Asked,
  value: SinkValue,
  { source }: Place,
  described: Thing,
): boolean {
  if (meansAll(words.wanted)) return true;
  const names = work.saidNames(described, source);
  return names.some((name) => {
    for (const kept of index.placesOf(`text ${name}`)) {
      if (serverOf(kept.target) !== serverOf(source.target)) continue;
      const other = work.open(kept);
      if (other === undefined) return false;
      for (const place of other.places.get(`text ${name}`) ?? []) {
        if (!work.spend()) return false;
        if (place.thing === described || !isCalled(place, name)) continue;
        if (other.target !== source.target && !isAlsoOne(place, value)) continue;
        const isLess = work.saidNames(place.thing, other).length < names.length;
        if (!isLess && !hasToo(place, value)) return false;
      }
    }
    return true;
  });
}

/** By another tool of its server: a thing of the same kind, by its id. */
function isAlsoOne({ source, thing }: Place, { kind, text }: SinkValue): boolean {
  return kind === 'objectId' && source.ids.get(thing)?.some((id) => isAlike(id, text)) === true;
}

function isCalled({ thing, asserted }: Place, name: string): boolean {
  return asserted && thing.names.some((one) => exact(one) === name);
}

function hasToo({ source, thing }: Place, { keys }: SinkValue): boolean {
  return keys.some((key) => source.places.get(key)?.some((one) => isIn(one.thing, thing)));
}

function isIn(thing: Thing | undefined, whole: Thing): boolean {
  for (let at = thing; at !== undefined; at = at.parent) if (at === whole) return true;
  return false;
}

/** Issued here, of no stranger's choice, done to what the user meant, and what is done to it can be undone. */
export function isIssued(
  asked: Asked,
  value: SinkValue,
  places: readonly Place[],
): boolean | 'several' {
  const { question, index, isWanted, work, words } = asked;
  if (value.kind !== 'objectId' || !question.reversible || !isWanted) return false;
  const issued = places.filter(isId);
  if (issued.length === 0 || !isWhole(question, index)) return false;
  if (isStrange({ work, index }, value.text) || namesAnother(asked, value, issued)) return false;
  const fitting = thingsThatFit(asked, value, issued);
  if (fitting === undefined || !fitting.has(exact(value.text))) return false;
  return fitting.size === 1 || meansAll(words.wanted) || 'several';
}
