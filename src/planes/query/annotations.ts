import { type Annotated, annotatedBy, withdraws } from '#kernel/record.ts';
import { limits } from '#kernel/limits.ts';
import type { AnswerParts } from './answer-parts.ts';
import type { Annotations, FoundAnnotation, FoundPlace } from './door.ts';
import { allTimes } from './parse-query.ts';
import type { PlaceReader } from './place-reader.ts';
import { readPage } from './read-page.ts';

/** How many are told of a chain of which each is about the one before. */
const deepest = 16;

export interface Shown {
  /** By their ids. */
  readonly records: readonly string[];
  readonly tasks: readonly string[];
  /** How each is told, such as with its proof. */
  readonly told?: (found: FoundPlace) => FoundPlace;
}

/**
 * What was said later about what is shown, and about that again. INVARIANT: each is a record that was read from
 * its log under a signed root, like any other; and how many are told, and how deep, is bounded and said.
 */
export async function annotationsOf(
  parts: AnswerParts,
  reader: PlaceReader,
  shown: Shown,
): Promise<Annotations> {
  const told = new Map<string, FoundAnnotation>();
  let isCut = false;
  let about = keysOf(shown);
  for (let depth = 0; about.size > 0; depth += 1) {
    if (depth === deepest) {
      // Whether anybody said anything about the deepest of them was not looked at.
      isCut = true;
      break;
    }
    const { found, cut } = await oneRound({ parts, reader, about, shown }, told.size);
    isCut ||= cut;
    const fresh = found.filter(({ record }) => !told.has(record.id));
    for (const one of fresh) told.set(one.record.id, one);
    about = keysOf({ records: fresh.map(({ record }) => record.id), tasks: [] });
  }
  return { annotations: inOrder(marked(told)), annotationsCut: isCut };
}

interface Round {
  readonly parts: AnswerParts;
  readonly reader: PlaceReader;
  readonly about: ReadonlySet<string>;
  readonly shown: Shown;
}

async function oneRound(
  { parts, reader, about, shown }: Round,
  before: number,
): Promise<{ readonly found: readonly FoundAnnotation[]; readonly cut: boolean }> {
  const found: FoundAnnotation[] = [];
  let cut = false;
  const terms = [
    ...new Set([...about].map((key) => `annotates:${key.slice(key.indexOf(' ') + 1)}`)),
  ];
  for (let at = 0; at < terms.length; at += limits.auditQueryTerms) {
    const anyOf = terms.slice(at, at + limits.auditQueryTerms);
    // Of most records nobody says anything: the index says so without a page being read.
    if (anyOf.every((term) => parts.index.count(term, allTimes, 1) === 0)) continue;
    const most = limits.auditAnnotations - before - found.length;
    if (most <= 0) return { found, cut: true };
    const page = await readPage(parts, reader, {
      query: { ...allTimes, conditions: [{ not: false, anyOf }] },
      newestFirst: false,
      after: undefined,
      most,
    });
    cut ||= page.last !== undefined;
    for (const one of page.records) {
      const annotates = annotatedBy(one.record);
      if (annotates === undefined || !about.has(keyOf(annotates))) continue;
      found.push({ ...(shown.told?.(one) ?? one), annotates });
    }
  }
  return { found, cut };
}

function keysOf({ records, tasks }: Shown): ReadonlySet<string> {
  return new Set([
    ...records.map((id) => keyOf({ kind: 'record', id })),
    ...tasks.map((id) => keyOf({ kind: 'task', id })),
  ]);
}

/** A task may be called as a record is. */
function keyOf({ kind, id }: Annotated): string {
  return `${kind} ${id}`;
}

function marked(told: ReadonlyMap<string, FoundAnnotation>): readonly FoundAnnotation[] {
  const takenBack = new Map<string, string>();
  for (const { record, annotates } of told.values()) {
    if (annotates.kind === 'record' && withdraws(record)) takenBack.set(annotates.id, record.id);
  }
  return [...told.values()].map((one) => {
    const withdrawnBy = takenBack.get(one.record.id);
    return withdrawnBy === undefined ? one : { ...one, withdrawnBy };
  });
}

function inOrder(told: readonly FoundAnnotation[]): readonly FoundAnnotation[] {
  return told.toSorted((a, b) =>
    a.record.time === b.record.time
      ? a.origin.localeCompare(b.origin) || a.index - b.index
      : a.record.time < b.record.time
        ? -1
        : 1,
  );
}
