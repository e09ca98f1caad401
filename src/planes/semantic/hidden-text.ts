import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { HiddenKind } from '#kernel/tool.ts';
import { hiddenBeginning, roleMarkers } from './signals.ts';

/** Stands where something was taken out: what was around it never grows together into something new. */
export const leftOut = '\uFFFD';

export interface Unhidden<T> {
  readonly value: T;
  /** How often something was left out, by kind; without kinds of which there was nothing. */
  readonly left: Readonly<Partial<Record<HiddenKind, number>>>;
}

/**
 * A result without what a person would not see of it. INVARIANT: texts alone change, never names of members, numbers
 * or the shape. Hygiene and no gate: whoever means to steer an agent writes in plain sight. Linear.
 */
export function withoutHidden(
  value: JsonObject,
  kinds: readonly HiddenKind[],
): Unhidden<JsonObject> {
  const left: Partial<Record<HiddenKind, number>> = {};
  const wanted = order.filter((kind) => kinds.includes(kind));
  const cleaned = (text: string): string =>
    wanted.reduce((so, kind) => {
      const { text: rest, times } = takeOut[kind](so);
      if (times > 0) left[kind] = (left[kind] ?? 0) + times;
      return rest;
    }, text);
  return { value: mapTexts(value, cleaned) as JsonObject, left };
}

/** What nobody sees goes first: it may stand inside of what is looked for next. */
const order = ['invisible', 'hidden-html', 'role-marker'] as const satisfies readonly HiddenKind[];

interface TakenOut {
  readonly text: string;
  readonly times: number;
}

const takeOut: Readonly<Record<HiddenKind, (text: string) => TakenOut>> = {
  invisible: (text) => replaced(text, unseen, () => ''),
  'hidden-html': withoutHiddenHtml,
  'role-marker': (text) => replaced(text, roleMarkers, () => leftOut),
};

function replaced(text: string, pattern: RegExp, by: (found: string) => string): TakenOut {
  let times = 0;
  const rest = text.replace(pattern, (found) => {
    times += 1;
    return by(found);
  });
  return { text: rest, times };
}

// Tags, bidi controls, invisible operators; zero widths inside words; long runs of selectors of a variant.
const unseen =
  /[\u{E0001}\u{E0020}-\u{E007F}\u202A-\u202E\u2066-\u2069\u2060-\u2064]|(?<=[\p{L}\p{N}])[\u200B-\u200D\uFEFF]+(?=[A-Za-z0-9])|[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{3,}/gu;
const anyTag = /<(\/?)([a-z][a-z0-9-]{0,31})/gi;
const withoutEnd = new Set([
  'area',
  'base',
  'br',
  'col',
  'embed',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'source',
  'wbr',
]);

function withoutHiddenHtml(text: string): TakenOut {
  if (!text.includes('<')) return { text, times: 0 };
  const elements = new Set<number>();
  for (const { index, 1: tag } of text.matchAll(hiddenBeginning)) {
    if (tag !== undefined) elements.add(index);
  }
  const ends = endsOf(text, elements);
  const parts: string[] = [];
  let [at, times] = [0, 0];
  for (const { index, 1: tag } of text.matchAll(hiddenBeginning)) {
    // It is within what is left out.
    if (index < at) continue;
    parts.push(text.slice(at, index), leftOut);
    times += 1;
    at = endOfHidden(text, index, tag, ends);
  }
  return { text: parts.join('') + text.slice(at), times };
}

/** Behind a comment, or behind the end of an element; of one that does not end, up to the next blank line. */
function endOfHidden(
  text: string,
  from: number,
  tag: string | undefined,
  ends: ReadonlyMap<number, number>,
): number {
  if (tag === undefined) return behind(text, '-->', from + 4);
  if (withoutEnd.has(tag.toLowerCase())) return behind(text, '>', from);
  const end = ends.get(from);
  return end === undefined ? paragraphEnd(text, from) : behind(text, '>', end);
}

/** Where the ends of elements stand that begin there. INVARIANT: the text is read once, however many begin in it and never end. */
function endsOf(text: string, wanted: ReadonlySet<number>): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  if (wanted.size === 0) return ends;
  const open = new Map<string, number[]>();
  for (const { index, 1: slash, 2: name = '' } of text.matchAll(anyTag)) {
    const tag = name.toLowerCase();
    const begun = open.get(tag) ?? [];
    if (slash === '') {
      open.set(tag, begun);
      begun.push(index);
      continue;
    }
    const from = begun.pop();
    if (from !== undefined && wanted.has(from)) ends.set(from, index);
  }
  return ends;
}

function behind(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? text.length : at + end.length;
}

function paragraphEnd(text: string, from: number): number {
  const at = text.indexOf('\n\n', from);
  return at < 0 ? text.length : at;
}

/** INVARIANT: what has no text to change is the same object. */
function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => mapTexts(one, change));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, mapTexts(one, change)]),
  );
}
