import type { Detector, Found } from './detector.ts';
import { assignedSecret, assignmentStart, detectors } from './detectors/index.ts';
import { RunEnds } from './run-ends.ts';

export interface Hit extends Found {
  readonly detector: string;
}

export interface Scanner {
  /** Where secrets stand, in order and apart from each other. */
  scan(text: string): readonly Hit[];
}

const nothing: readonly Hit[] = [];

/** Shorter than the shortest secret of any kind. */
const shortestSecret = 8;

/** Values that the deployment planted where only a thief would find them. */
export function canaryDetectors(canaries: readonly string[]): readonly Detector[] {
  return canaries.map((canary) => ({
    name: 'canary',
    starts: [canary],
    find: (text, at) =>
      text.startsWith(canary, at) ? { from: at, to: at + canary.length } : undefined,
  }));
}

/** Most text has no beginning of any secret and is read once, by one pattern of literals. */
export function createScanner(extra: readonly Detector[] = []): Scanner {
  const all = [...extra, ...detectors];
  const starts = all.flatMap((one) => one.starts).map(escaped);
  const anyStart = new RegExp([...new Set(starts)].join('|'), 'g');
  const byStart = byFirstCode(all);
  return {
    scan(text) {
      if (text.length < shortestSecret) return nothing;
      const found = findAll(text, anyStart, (code) => byStart.get(code) ?? []);
      const assigned = findAll(text, assignmentStart, () => [assignedSecret]);
      if (assigned.length === 0) return found;
      return found.length === 0 ? assigned : apart([...found, ...assigned]);
    },
  };
}

function findAll(
  text: string,
  start: RegExp,
  candidates: (code: number) => readonly Detector[],
): readonly Hit[] {
  start.lastIndex = 0;
  let match = start.exec(text);
  if (match === null) return nothing;
  const hits: Hit[] = [];
  const runs = new RunEnds(text);
  while (match !== null) {
    const at = match.index;
    const hit = firstHit(candidates(text.charCodeAt(at)), text, at, runs);
    if (hit !== undefined) hits.push(hit);
    start.lastIndex = hit?.to ?? at + 1;
    match = start.exec(text);
  }
  start.lastIndex = 0;
  return hits;
}

function firstHit(
  candidates: readonly Detector[],
  text: string,
  at: number,
  runs: RunEnds,
): Hit | undefined {
  for (const one of candidates) {
    const found = one.find(text, at, runs);
    if (found !== undefined) return { detector: one.name, ...found };
  }
  return undefined;
}

/** Hits that touch become one, under the name of the first. */
function apart(hits: readonly Hit[]): readonly Hit[] {
  const merged: Hit[] = [];
  for (const hit of hits.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || hit.from >= last.to) merged.push(hit);
    else if (hit.to > last.to) merged[merged.length - 1] = { ...last, to: hit.to };
  }
  return merged;
}

function byFirstCode(all: readonly Detector[]): ReadonlyMap<number, readonly Detector[]> {
  const table = new Map<number, Detector[]>();
  for (const one of all) {
    for (const code of new Set(one.starts.map((start) => start.charCodeAt(0)))) {
      table.set(code, [...(table.get(code) ?? []), one]);
    }
  }
  return table;
}

function escaped(literal: string): string {
  return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
