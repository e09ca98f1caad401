import type { Asked } from './asked.ts';
import { sinkValues } from './calls.ts';
import type { Thing } from './leaves.ts';
import { bareDaysIn } from './quantities.ts';
import { singular } from './roles.ts';
import { nounsOfPlace } from './selectors.ts';
import type { Place, Source } from './source.ts';
import { serverOf } from './task-index.ts';
import type { SinkValue } from './values.ts';
import { meansAll, meansThem, says } from './words.ts';
import { isReadBack } from './written.ts';

/** Results of a server that are looked through for what else could be meant. */
const mostResults = 64;

/** One thing of a list, or the one that a result is of, with what its server asserts of it. */
interface Item {
  readonly source: Source;
  readonly thing: Thing;
  /** `orders[]` of `shop/orders`. */
  readonly head: string;
  readonly fields: Map<string, string[]>;
}

/**
 * In a field that its server answers for, of the one thing that the words describe by what else is asserted of it: by its day, its amount or two of its words,
 * by `the latest` and `the cheapest`, or as whose message is answered. INVARIANT: as well as any other described it waits.
 */
export function isDescribed(
  asked: Asked,
  value: SinkValue,
  places: readonly Place[],
): boolean | 'several' {
  if (asked.question.missing === true || !asked.isWanted) return false;
  let several = false;
  for (const place of places) {
    if (!asked.work.spend()) return false;
    if (!place.asserted || place.source.isCut || place.source.isDirectory) continue;
    const found = meantBeside(asked, value, place);
    if (found?.own === undefined || !found.all.includes(found.own)) continue;
    if (found.all.length > 1 && !meansAll(asked.words.wanted)) several = true;
    else if (place.isId || !isReadBack(asked, value, place.source)) return true;
  }
  return several && 'several';
}

/** Those of its kind that the words describe, and the one in which it stands. */
function meantBeside(
  asked: Asked,
  value: SinkValue,
  place: Place,
): { readonly all: readonly Item[]; readonly own: Item | undefined } | undefined {
  const items = itemsBeside(asked, place);
  const own = items?.find(({ thing }) => isIn(place.thing, thing));
  if (items === undefined || own === undefined) return undefined;
  const isAnswer = isAnswered(asked, value, place, own);
  const all = byOrder(asked, items) ?? (isAnswer ? bySender : byFields)(asked, items);
  return { all: all.length === 0 && place.isId ? ofThem(asked, items) : all, own };
}

function isIn(thing: Thing | undefined, whole: Thing): boolean {
  for (let at = thing; at !== undefined; at = at.parent) if (at === whole) return true;
  return false;
}

/** `Approve all of them`: what was listed, or those of it that the words touch. INVARIANT: of one list alone. */
function ofThem({ words, work }: Asked, items: readonly Item[]): readonly Item[] {
  if (!meansThem(words.wanted)) return [];
  const touched = items.filter(({ thing, source }) => work.touches(thing, source));
  return touched.length > 0 ? touched : items;
}

/** All of the same kind that its server told in this task. Undefined: that is not known. */
function itemsBeside({ index, work }: Asked, place: Place): readonly Item[] | undefined {
  const head = headOf(place.path);
  const found: Item[] = [];
  let left = mostResults;
  for (const kept of index.all()) {
    if (kept.target !== place.source.target) {
      if (serverOf(kept.target) !== serverOf(place.source.target)) continue;
    }
    const source = work.open(kept);
    left -= 1;
    if (source === undefined || left < 0 || source.isCut) return undefined;
    if (kept.target === place.source.target) found.push(...itemsIn(source, head));
  }
  return found;
}

function headOf(path: string): string {
  const at = path.indexOf('[]');
  return at < 0 ? '' : path.slice(0, at + 2);
}

const known = new WeakMap<Source, Map<string, readonly Item[]>>();

function itemsIn(source: Source, head: string): readonly Item[] {
  const heads = known.get(source) ?? new Map<string, readonly Item[]>();
  known.set(source, heads);
  const before = heads.get(head);
  if (before !== undefined) return before;
  const depth = head === '' ? 1 : head.split('.').length + (head === '[]' ? 0 : 1);
  const items = new Map<Thing, Item>();
  for (const [key, places] of source.places) {
    for (const { asserted, isId, path, thing, form } of places) {
      if (!asserted || form !== 'verbatim' || headOf(path) !== head) continue;
      const whole = ancestorAt(thing, depth);
      const item = items.get(whole) ?? { source, thing: whole, head, fields: new Map() };
      items.set(whole, item);
      if (isId) continue;
      item.fields.set(path, [...(item.fields.get(path) ?? []), key]);
    }
  }
  const all = [...items.values()];
  heads.set(head, all);
  return all;
}

function ancestorAt(thing: Thing, depth: number): Thing {
  const line: Thing[] = [];
  for (let at: Thing | undefined = thing; at !== undefined; at = at.parent) line.unshift(at);
  return line[Math.min(depth, line.length - 1)] ?? thing;
}

/** Those of which the words say most: a day or an amount tells by itself, of words it takes two. */
function byFields(asked: Asked, items: readonly Item[]): readonly Item[] {
  const { wanted } = asked.words;
  const days = new Set(bareDaysIn(wanted.text));
  const own = amountsOf(asked);
  const steps = 1 + Math.ceil(wanted.text.length / 64);
  const isSaid = (key: string): boolean => {
    if (own.has(key)) return false;
    if (key.startsWith('text '))
      return key.length >= 8 && !/^text [\d.,-]+$/.test(key) && says(wanted, key.slice(5));
    if (key.startsWith('date ') && days.has(key.slice(10))) return true;
    return /^(?:date|number|recipient|iban) /.test(key) && wanted.values.has(key);
  };
  const scores = items.map(({ fields, thing, source }) => {
    const said = [...fields.values()].filter(
      (keys) => asked.work.spend(steps) && keys.some(isSaid),
    );
    const isTelling = said.some((keys) =>
      keys.some((key) => !key.startsWith('text ') && isSaid(key)),
    );
    const score = said.length + (asked.work.touches(thing, source) ? 0.5 : 0);
    return isTelling || said.length >= 2 ? score : 0;
  });
  const best = Math.max(0, ...scores);
  return best === 0 || asked.work.isSpent ? [] : items.filter((_item, at) => scores[at] === best);
}

/** How much is paid says not to whom. */
function amountsOf({ question }: Asked): ReadonlySet<string> {
  const { values } = sinkValues(question.arguments, question.flow);
  return new Set(values.flatMap(({ kind, keys }) => (kind === 'amount' ? keys : [])));
}

const orders = {
  latest:
    'latest|newest|most recent|last|neueste[nrs]?|neuste[nrs]?|letzte[nrs]?|derni[eè]re?|más reciente|últim[oa]|ultim[oa]|laatste|nieuwste|mais recente',
  oldest:
    'oldest|earliest|first|älteste[nrs]?|erste[nrs]?|premi[eè]re?|primer[oa]?|prim[oa]|oudste|eerste|primeir[oa]',
  least:
    'cheapest|lowest|smallest|least expensive|billigste[nrs]?|günstigste[nrs]?|kleinste[nrs]?|moins chère?|más barat[oa]|più economic[oa]|goedkoopste|mais barat[oa]',
  most: 'most expensive|highest|largest|biggest|teuerste[nrs]?|größte[nrs]?|plus chère?|más car[oa]|più car[oa]|duurste|mais car[oa]',
} as const;
const times =
  'week|weeks|month|months|year|years|night|time|days?|woche|monat|jahr|mal|semaine|mois|semana|mes|settimana|mese|maand';

/** `the latest open invoice`: undefined where the words say nothing of the kind of these. */
function byOrder({ words, work }: Asked, items: readonly Item[]): readonly Item[] | undefined {
  const [first] = items;
  if (first === undefined) return undefined;
  const nouns = nounsFor(first);
  const { text } = words.wanted;
  const order = (Object.keys(orders) as (keyof typeof orders)[]).find((one) => {
    const said = new RegExp(
      String.raw`(?<![\p{L}\p{N}])(?:${orders[one]})\s+(?!(?:${times})(?![\p{L}]))((?:\p{L}+\s+){0,2}\p{L}+)`,
      'gu',
    );
    return [...text.matchAll(said)].some(([, behind = '']) =>
      behind.split(/\s+/).some((word) => nouns.has(singular(word))),
    );
  });
  if (order === undefined) return undefined;
  const touched = items.filter(({ thing, source }) => work.touches(thing, source));
  const among = touched.length > 0 ? touched : items;
  const ranks = ranksOf(among, order === 'latest' || order === 'oldest');
  if (ranks === undefined) return [];
  const sorted = ranks.toSorted((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
  if (order === 'latest' || order === 'most') sorted.reverse();
  return sorted.filter(({ rank }) => rank === sorted[0]?.rank).map(({ item }) => item);
}

/** By the one field of days, or of numbers, that all of them have. */
function ranksOf(
  items: readonly Item[],
  isByDay: boolean,
): readonly { readonly item: Item; readonly rank: number | string }[] | undefined {
  const rankOf = (keys: readonly string[]): number | string | undefined => {
    if (isByDay) return keys.find((key) => /^text \d{4}-\d\d-\d\d/.test(key));
    const numbers = keys.filter((key) => key.startsWith('number '));
    return numbers.length === 1 ? Number(numbers[0]?.slice(7)) : undefined;
  };
  const paths = [...(items[0]?.fields.keys() ?? [])].filter((path) =>
    items.every(({ fields }) => rankOf(fields.get(path) ?? []) !== undefined),
  );
  const [path] = paths;
  if (path === undefined || paths.length > 1) return undefined;
  return items.flatMap((item) => {
    const rank = rankOf(item.fields.get(path) ?? []);
    return rank === undefined ? [] : [{ item, rank }];
  });
}

const letters = [
  'mail',
  'email',
  'message',
  'letter',
  'nachricht',
  'courriel',
  'mensaje',
  'correo',
  'messaggio',
  'bericht',
  'mensagem',
];

function nounsFor({ source, head }: Item): ReadonlySet<string> {
  const own = nounsOfPlace(source.target, head);
  const isLetter = own.some((noun) => /^(?:mail|inbox|message|email|post)$/.test(noun));
  return new Set([...own, ...(isLetter ? letters : [])]);
}

const answering =
  /(?<![\p{L}])(?:repl(?:y|ies)|answer|respond|get back to|write back|antwort|beantwort|répond|responde|responda|contest|rispond|antwoord)/u;
const senders = new Set(['from', 'sender', 'author', 'by', 'requester', 'reporter', 'customer']);

/** To whoever wrote what is answered. */
function isAnswered({ words }: Asked, { kind }: SinkValue, { path }: Place, item: Item): boolean {
  if (kind !== 'recipient' || !answering.test(words.wanted.text)) return false;
  const field = path.slice(item.head.length);
  return field.split('.').some((name) => senders.has(name.toLowerCase()));
}

/** Of those the one whose sender is spoken of, or the only one where the words speak of such a thing. */
function bySender({ words, work }: Asked, items: readonly Item[]): readonly Item[] {
  const touched = items.filter(({ thing, source }) => work.touches(thing, source));
  if (touched.length > 0) return touched;
  const [only] = items;
  if (only === undefined || items.length > 1) return [];
  const nouns = nounsFor(only);
  for (const word of words.wanted.words) if (nouns.has(singular(word))) return [only];
  return [];
}
