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
  const parts: string[] = [];
  let [at, times] = [0, 0];
  const vain: Vain = { left: mostInVain };
  hiddenBeginning.lastIndex = 0;
  for (;;) {
    const found = hiddenBeginning.exec(text);
    if (found === null) break;
    parts.push(text.slice(at, found.index), leftOut);
    times += 1;
    at = endOfHidden(text, found.index, found[1], vain);
    hiddenBeginning.lastIndex = at;
  }
  return { text: parts.join('') + text.slice(at), times };
}

/** Behind a comment, or behind the end of an element; of one that does not end, up to the next blank line. */
function endOfHidden(text: string, from: number, tag: string | undefined, vain: Vain): number {
  if (tag === undefined) return behind(text, '-->', from + 4);
  const opened = behind(text, '>', from);
  return withoutEnd.has(tag.toLowerCase())
    ? opened
    : endOfElement(text, opened, tag.toLowerCase(), vain);
}

/** INVARIANT: what is read in vain is bounded, or a text of beginnings would be read through for each of them. */
const mostInside = 16_384;
const mostInVain = 1_048_576;

function endOfElement(text: string, from: number, tag: string, vain: Vain): number {
  let depth = 1;
  const inside = text.slice(from, from + (vain.left > 0 ? mostInside : 0));
  for (const found of inside.matchAll(anyTag)) {
    if (found[2]?.toLowerCase() !== tag) continue;
    depth += found[1] === '/' ? -1 : 1;
    if (depth === 0) return behind(text, '>', from + found.index);
  }
  vain.left -= inside.length;
  return paragraphEnd(text, from);
}

/** How much of a text may still be read for nothing. */
interface Vain {
  left: number;
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
