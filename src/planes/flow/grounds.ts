import type { FlowReason, FlowWhy } from '#kernel/decision.ts';
import type { SinkKind } from '#kernel/tool.ts';
import { isReckoned } from './computed.ts';
import { isDescribed } from './described.ts';
import { isItsOwn } from './own-choice.ts';
import { isBareDay, isHourOfStranger } from './hours.ts';
import { partsOf } from './links.ts';
import { isExcluded, placesThatCount, roleOf } from './meant.ts';
import { pathParts } from './paths.ts';
import { isIssued, isPointedAt } from './pointed.ts';
import { isNumber, isUsedAs } from './roles.ts';
import { type Asked, isWhole } from './asked.ts';
import { foundIn, isStrange, placesOf, type Searched } from './search.ts';
import type { Place, Source } from './source.ts';
import { serverOf } from './task-index.ts';
import { exact, skeleton } from './text-forms.ts';
import { isPointing, isToldIn } from './told-in.ts';
import type { SinkValue } from './values.ts';
import { type Said, says, type UserWords } from './words.ts';
import { isReadBack, knowsOwn } from './written.ts';

/**
 * Undefined: the value is free. Each ground stands by itself; without any, it waits for a person. INVARIANT: once
 * the work is spent there are no grounds but the words, and the call waits whatever is said of its values.
 */
export function doubtOf(asked: Asked, value: SinkValue): FlowReason | undefined {
  const { words } = asked;
  if (value.hour !== undefined && isHourOfStranger(asked, value)) {
    return reasonOf(asked, value, 'stranger');
  }
  if (isNamed(asked, value) || isWorded(asked, value)) return undefined;
  if (isUnwanted(words, value)) return reasonOf(asked, value, 'unwanted');
  if (asked.work.isSpent) return undefined;
  const places = placesOf(asked, value);
  if (leadsToExcluded(asked, value, places)) return reasonOf(asked, value, 'unwanted');
  if (isHostNamed(asked, value, places)) return undefined;
  const ground = groundOf(asked, value, places);
  if (ground === true) return undefined;
  if (ground === 'several') return reasonOf(asked, value, 'several');
  const reason = reasonOf(asked, value, 'stranger');
  return reason.origin === undefined ? { ...reason, why: 'unproved' } : reason;
}

/** INVARIANT: where the words point at several things, no wider rule chooses one of them. */
function groundOf(asked: Asked, value: SinkValue, places: readonly Place[]): boolean | 'several' {
  const counting = placesThatCount(asked, value, places);
  const pointed = isPointedAt(asked, value, counting);
  if (pointed === true) return true;
  const issued = isIssued(asked, value, counting);
  const sourced = isFromNamedSource(asked, value, places);
  if (issued === true || sourced === true || isItsOwn(asked, value)) return true;
  const told = sourced === 'several' ? sourced : isToldIn(asked, value, places);
  const described = pointed === 'several' ? pointed : isDescribed(asked, value, counting);
  if (told === true || described === true || isMadeHere(asked, value, counting)) return true;
  return [pointed, issued, sourced, told, described].includes('several') && 'several';
}

const textOf = (value: SinkValue): string | undefined =>
  value.keys[0]?.startsWith('text ') === true ? value.keys[0].slice('text '.length) : undefined;

/** A number names an id only where the words use it as one of that kind. */
function isNamed(asked: Asked, value: SinkValue): boolean {
  const { wanted } = asked.words;
  const text = textOf(value);
  if (text === undefined) return value.keys.some((key) => wanted.values.has(key));
  if (!says(wanted, text)) return false;
  if (value.kind !== 'objectId' || !isNumber(text)) return true;
  return (
    !asked.work.isSpent && isUsedAs(wanted, text, roleOf(asked, value, placesOf(asked, value)))
  );
}

/** To read the words through for one value takes more than to compare it with them. */
const charsReadAtOnce = 8;

/** Not as the tool wants it, but so that nothing else is meant. */
function isWorded(asked: Asked, value: SinkValue): boolean {
  if (!asked.work.spend(1 + Math.ceil(asked.words.wanted.text.length / charsReadAtOnce)))
    return false;
  if (value.kind === 'date') return isBareDay(asked, value);
  if (value.kind === 'path') return isInNamedFolder(asked.words.wanted, value.text);
  return value.kind === 'amount' && isReckoned(asked, value);
}

/** `old.csv in /exports`: its name, and the folder that it stands in. */
function isInNamedFolder(wanted: Said, text: string): boolean {
  const [, whole = text] = pathParts(text);
  const at = whole.lastIndexOf('/');
  const [folder, name] = [whole.slice(0, at), whole.slice(at + 1)];
  return at > 0 && /[.\d_-]/.test(name) && says(wanted, name) && says(wanted, folder);
}

/** The newest words that name a value as it is; undefined where they only lead to it. */
export function namedBy(asked: Asked, value: SinkValue): number | undefined {
  const { statements } = asked.words;
  const at = statements.findLastIndex(({ wanted }) => {
    return isNamed({ ...asked, words: { ...asked.words, wanted } }, value);
  });
  return at < 0 ? undefined : at;
}

/** Who is called what the words say no to leads nowhere: neither to an address nor to an id. */
function leadsToExcluded(asked: Asked, { kind }: SinkValue, places: readonly Place[]): boolean {
  return named.has(kind) && places.some((place) => isExcluded(asked, place));
}

const named: ReadonlySet<SinkValue['kind']> = new Set([
  'recipient',
  'account',
  'url',
  'path',
  'objectId',
]);

function isUnwanted({ unwanted }: UserWords, value: SinkValue): boolean {
  if (!named.has(value.kind)) return false;
  const text = textOf(value);
  if (text === undefined) return value.keys.some((key) => unwanted.values.has(key));
  return (text.length >= 3 || isNumber(text)) && says(unwanted, text);
}

/** The user named the site, and this page of it comes from nobody else. */
function isHostNamed(
  { work, question, index, words }: Asked,
  value: SinkValue,
  places: readonly Place[],
): boolean {
  const [key = ''] = value.keys;
  if (!key.startsWith('url ') || places.length > 0 || !isWhole(question, index)) return false;
  const parts = partsOf(key.slice('url '.length));
  if (parts === undefined || !work.namesHost(parts.host)) return false;
  // INVARIANT: what is said to the site has a ground of its own, or nobody else wrote it.
  return parts.said.every((part) => says(words.wanted, part) || !isStrange({ work, index }, part));
}

/** Its server gave it to what this task made there, and the agent did not bring it. */
function isMadeHere(
  { question, index, isWanted }: Asked,
  { kind, text }: SinkValue,
  places: readonly Place[],
): boolean {
  if (kind !== 'objectId' || !isWanted || question.missing === true) return false;
  return places.some(({ source, asserted, isId }) => {
    const made = index.kept(source.at);
    if (!asserted || !isId || source.isCut || made?.actedFrom === undefined) return false;
    if (made.flow?.speaks === true) return false;
    if (source.brought.some((one) => exact(one) === exact(text))) return false;
    return serverOf(source.target) === serverOf(question.target);
  });
}

const single: ReadonlySet<SinkValue['kind']> = new Set([
  'recipient',
  'account',
  'url',
  'amount',
  'date',
]);

/** The user named where it stands, and nothing else of its kind stands there. */
function isFromNamedSource(
  asked: Asked,
  value: SinkValue,
  places: readonly Place[],
): boolean | 'several' {
  const { words, isWanted, work } = asked;
  const { kind, keys } = value;
  if (!single.has(kind) || !isWanted || !knowsOwn(asked)) return false;
  // A bill has its account and its sum on it.
  if (kind !== 'account' && kind !== 'amount' && !isPointing(words.wanted, value)) return false;
  let several = false;
  for (const { source, form } of places) {
    if (form !== 'verbatim' || !work.isSourceNamed(source)) continue;
    if (keys.some((one) => source.echoed.has(one)) || isReadBack(asked, value, source)) continue;
    if (isOnlyOne(asked, source, kind)) return true;
    several = true;
  }
  return several && 'several';
}

/**
 * Whether nothing else of its kind stands in that thing, in whichever of its results: its comments are read by another call
 * than itself, and its second page by another than its first. INVARIANT: what was not looked into holds another.
 */
function isOnlyOne({ index, work }: Searched, source: Source, kind: SinkKind): boolean {
  if (source.isCut) return false;
  const found = new Set(candidateKeys(source, kind));
  const results = new Set(source.asked.flatMap(({ text }) => index.chosenBy(text)));
  if (results.size > mostResultsOfOne) return false;
  for (const kept of results) {
    const other = work.open(kept);
    if (other === undefined || other.isCut) return false;
    for (const key of candidateKeys(other, kind)) found.add(key);
    if (found.size > 1) return false;
  }
  return found.size === 1;
}

const mostResultsOfOne = 64;

/** INVARIANT: whatever a sink of that kind could take, in whichever form: an account by IBAN stands beside one by digits. */
const rivals: Partial<Record<SinkKind, readonly string[]>> = {
  recipient: ['recipient', 'digits'],
  account: ['iban', 'digits'],
  url: ['url'],
  amount: ['number'],
  date: ['date'],
};

function candidateKeys({ candidates }: Source, kind: SinkKind): readonly string[] {
  return (rivals[kind] ?? []).flatMap((name) => [...(candidates.get(name) ?? [])]);
}

function reasonOf({ index, work }: Asked, value: SinkValue, why: FlowWhy): FlowReason {
  const places = placesOf({ index, work }, value);
  const first = places.find(({ asserted }) => !asserted) ?? places[0];
  const found =
    first === undefined ? foundIn({ index, work }, value.text) : { place: first, form: first.form };
  const beside = found === undefined ? 1 : candidateKeys(found.place.source, value.kind).length;
  return {
    why,
    argument: value.argument,
    kind: value.kind,
    origin: found && {
      target: found.place.source.target,
      call: found.place.source.call,
      path: found.place.path,
    },
    form: found?.form,
    lookAlike: work.shows(skeleton(value.text)),
    beside: Math.max(0, beside - 1),
  };
}
