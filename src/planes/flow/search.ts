import { flowBounds } from './bounds.ts';
import { decodings, mayBeEncoded } from './decoded.ts';
import { isJoined } from './pieces.ts';
import type { Place } from './source.ts';
import type { Kept, TaskIndex } from './task-index.ts';
import { patternOf, skeleton, wordsIn } from './text-forms.ts';
import type { SinkValue } from './values.ts';
import type { Work } from './work.ts';

/** To search a text for another takes far less than to compare its values. */
const charsOfOneStep = 1_024;

export interface Searched {
  readonly index: TaskIndex;
  readonly work: Work;
}

/** INVARIANT: what there was no work left to look for is a stranger's. */
export function isStrange(searched: Searched, text: string): boolean {
  return foundIn(searched, text) !== undefined || searched.work.isSpent;
}

interface Found {
  readonly place: Place;
  readonly form: 'verbatim' | 'encoded' | 'pieces';
}

/** Where a stranger wrote it: as it is, under an encoding, or in pieces. */
export function foundIn(searched: Searched, text: string): Found | undefined {
  const { index, work } = searched;
  if (!work.spend(1 + Math.ceil(text.length / 64))) return undefined;
  const shown = skeleton(text);
  const place = strangeAt(searched, shown, index.strangeOf(shown));
  if (place !== undefined) return { place, form: place.form };
  if (mayBeEncoded(text)) {
    for (const plain of decodings(text)) {
      const inner = skeleton(plain);
      const inside = strangeAt(searched, inner, index.strangeOf(inner));
      if (inside !== undefined) return { place: inside, form: 'encoded' };
    }
  }
  const joined = isJoined(shown, piecesOf(searched, shown));
  const first = joined && strangeAt(searched, shown.slice(0, joined.length), joined.kept);
  return first === undefined ? undefined : { place: first, form: 'pieces' };
}

/** The results in which each piece of a text stands, from its first letter on. */
function piecesOf({ index, work }: Searched, shown: string) {
  return (from: number) => {
    const run = index.strangeRun();
    return (to: number): { readonly kept: Kept; readonly length: number } | undefined => {
      const kept = run(shown.charCodeAt(to - 1));
      if (!work.spend() || kept === undefined) return undefined;
      return { kept, length: to - from };
    };
  };
}

/** INVARIANT: what the filter has is a stranger's, also where its place cannot be told any more. */
function strangeAt({ work }: Searched, shown: string, kept: Kept | undefined): Place | undefined {
  const source = kept && work.open(kept);
  if (source === undefined) return undefined;
  return source.strange.get(shown) ?? { ...nowhere, source };
}

const nowhere = {
  path: '',
  asserted: false,
  isId: false,
  form: 'verbatim',
  thing: { parent: undefined, names: [] },
} as const satisfies Omit<Place, 'source'>;

/** Where a value stands, in the first results that have it. */
export function placesOf({ index, work }: Searched, { keys }: SinkValue): readonly Place[] {
  const found: Place[] = [];
  for (const key of keys) {
    for (const kept of index.placesOf(key)) found.push(...(work.open(kept)?.places.get(key) ?? []));
  }
  return found;
}

/**
 * Whether a stranger wrote it within something longer: `save:/etc/cron.d/job;now`. INVARIANT: asked of what has several
 * words alone, all of which strangers wrote; of others `foundIn` has said it.
 */
export function isWithin({ index, work }: Searched, text: string): boolean {
  const words = [...wordsIn(text)];
  if (words.length < 2) return false;
  if (words.some((word) => index.strangeOf(skeleton(word)) === undefined)) return false;
  // So long a one is kept nowhere as one.
  if (text.length > flowBounds.pieceChars) return true;
  const pattern = patternOf(text);
  for (const { text: kept, resultAt } of index.strangers()) {
    if (!work.spend(1 + Math.ceil(kept.length / charsOfOneStep))) return true;
    pattern.lastIndex = resultAt;
    if (pattern.test(kept)) return true;
  }
  return false;
}
