import type { Detector, Found } from './detector.ts';
import {
  assignedSecret,
  assignmentCodes,
  assignmentStart,
  detectors,
  longestAssignmentStart,
} from './detectors/index.ts';
import { RunEnds } from './run-ends.ts';

export interface Hit extends Found {
  readonly detector: string;
}

/** What stands in place of a secret. */
export function markOf(detector: string): string {
  return `[redacted:${detector}]`;
}

export interface Scanner {
  /** Where secrets stand, in order and apart from each other. */
  scan(text: string): readonly Hit[];
}

const nothing: readonly Hit[] = [];
const none: readonly Detector[] = [];

/** Shorter than the shortest secret of any kind. */
const shortestSecret = 8;

/** Values that the deployment planted where only a thief would find them. */
export function canaryDetectors(canaries: readonly string[]): readonly Detector[] {
  return canaries.map((canary) => ({
    name: 'canary',
    starts: [canary],
    find: (text, at) =>
      text.startsWith(canary, at) ? { from: at, to: at + canary.length } : undefined,
    open: (text, at) =>
      text.length - at < canary.length && canary.startsWith(text.slice(at)) ? at : undefined,
  }));
}

/** One reading of a text for one group of kinds; what it finds lies apart. */
export interface Search {
  /** Global; finds the places to look at. */
  readonly start: RegExp;
  /** No beginning has more characters. */
  readonly longestStart: number;
  /** Kinds that begin with this character. */
  readonly candidates: (code: number) => readonly Detector[];
}

/** The order counts: where hits of both begin at one place, the first gives the name. */
export function searchesFor(extra: readonly Detector[]): readonly [Search, Search] {
  const all = [...extra, ...detectors];
  const starts = [...new Set(all.flatMap((one) => one.starts))];
  const byStart = byFirstCode(all);
  return [
    {
      start: new RegExp(starts.map(escaped).join('|'), 'g'),
      longestStart: Math.max(...starts.map(({ length }) => length)),
      candidates: (code) => byStart.get(code) ?? none,
    },
    {
      start: assignmentStart,
      longestStart: longestAssignmentStart,
      candidates: (code) => (assignmentCodes.has(code) ? [assignedSecret] : none),
    },
  ];
}

/** Most text has no beginning of any secret and is read once, by one pattern of literals. */
export function createScanner([main, assignments]: readonly [Search, Search]): Scanner {
  return {
    scan(text) {
      if (text.length < shortestSecret) return nothing;
      const found = findAll(text, main);
      const assigned = findAll(text, assignments);
      if (assigned.length === 0) return found;
      return found.length === 0 ? assigned : apart([...found, ...assigned]);
    },
  };
}

function findAll(text: string, { start, candidates }: Search): readonly Hit[] {
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

export function firstHit(
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
