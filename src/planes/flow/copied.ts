import type { FlowReason } from '#kernel/decision.ts';
import type { Asked } from './asked.ts';
import { kindOf } from './calls.ts';
import { flowBounds } from './bounds.ts';
import { leavesOf, type Thing } from './leaves.ts';
import { singular } from './roles.ts';
import { nounsOfPlace } from './selectors.ts';
import type { Source } from './source.ts';
import type { Kept } from './task-index.ts';
import { exact, skeleton, wordsIn } from './text-forms.ts';
import { isSpokenOf } from './told-in.ts';
import { inARow, leavesOfKept, stepsToRead } from './told-runs.ts';
import { keysOfText } from './values.ts';

/** Texts of a call, runs of words and numbers of them that are looked for. */
const most = { texts: 16, runs: 512, numbers: 32, results: 128 } as const;

/** What is told by a call goes to somebody: by an address, by a link, or to whoever sees the thing. */
function tells({ question: { flow, reversible } }: Asked): boolean {
  const kinds = new Set(Object.values(flow.sinks));
  return kinds.has('recipient') || kinds.has('url') || (kinds.has('objectId') && !reversible);
}

/**
 * Free text that goes to somebody, and says what the user neither said nor spoke of where it stands: seven words in a row, or a number
 * of three digits. INVARIANT: what there was no work left to look for is a reason by itself (`too-much`).
 */
export function copiedIn(asked: Asked): readonly FlowReason[] {
  if (!tells(asked)) return [];
  const { question, work } = asked;
  const { leaves } = leavesOf(question.arguments, undefined, flowBounds.argumentChars);
  const texts = leaves.filter(
    ({ path, value }) =>
      typeof value === 'string' && kindOf(question.flow.sinks, path) === 'payload',
  );
  return texts.slice(0, most.texts).flatMap((leaf) => {
    const text = exact(String(leaf.value));
    if (!work.spend(stepsToRead(text))) return [];
    const found = copyOf(asked, text) ?? numberOf(asked, text);
    return found === undefined ? [] : [reasonOf(leaf.at, found)];
  });
}

interface Found {
  readonly kept: Kept;
  readonly path: string;
}

function copyOf(asked: Asked, text: string): Found | undefined {
  const words = [...wordsIn(text)];
  if (words.length < inARow) return undefined;
  const own = ` ${[...wordsIn(asked.words.wanted.text)].join(' ')} `;
  const runs: string[] = [];
  for (let at = 0; at + inARow <= words.length && runs.length < most.runs; at += 1) {
    const run = words.slice(at, at + inARow).join(' ');
    if (!own.includes(` ${run} `)) runs.push(run);
  }
  const told = asked.index.runs((steps) => asked.work.spend(steps));
  const there = told === undefined ? [] : runs.filter((run) => told.mayHave(run));
  const strange = strangeRuns(asked, there);
  for (const [kept, all] of resultsToRead(asked, there, strange)) {
    const found = copyFrom(asked, kept, all);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Of which strangers wrote each word. */
function strangeRuns({ index, work }: Asked, runs: readonly string[]): readonly string[] {
  const known = new Map<string, boolean>();
  const isStrange = (word: string): boolean => {
    const before = known.get(word);
    if (before !== undefined) return before;
    const is = work.spend() && index.strangeOf(skeleton(word)) !== undefined;
    known.set(word, is);
    return is;
  };
  return runs.filter((run) => run.split(' ').every(isStrange));
}

/** Words of what is no stranger's are in no filter: the last of its results are read as they are. */
function* resultsToRead(
  { index }: Asked,
  runs: readonly string[],
  strange: readonly string[],
): Generator<readonly [Kept, ReadonlySet<string>]> {
  const [ofAll, ofStrangers] = [new Set(runs), new Set(strange)];
  let left: number = most.results;
  for (const kept of [...index.all()].toReversed()) {
    const all = kept.untrusted ? ofStrangers : ofAll;
    if (kept.actedFrom !== undefined || all.size === 0) continue;
    left -= 1;
    if (left < 0) return;
    yield [kept, all];
  }
}

function copyFrom(asked: Asked, kept: Kept, runs: ReadonlySet<string>): Found | undefined {
  if (!asked.work.spend(stepsToRead(kept.text))) return undefined;
  for (const { leaf, isData } of leavesOfKept(kept)) {
    if (typeof leaf.value !== 'string' || !hasRun(leaf.value, runs)) continue;
    const source = asked.work.open(kept);
    if (source === undefined || isMeant(asked, source, leaf.thing, leaf.path)) continue;
    return { kept, path: isData ? leaf.path : 'text' };
  }
  return undefined;
}

function hasRun(text: string, runs: ReadonlySet<string>): boolean {
  if (text.length < 2 * inARow) return false;
  const words = [...wordsIn(exact(text))];
  for (let at = 0; at + inARow <= words.length; at += 1) {
    if (runs.has(words.slice(at, at + inARow).join(' '))) return true;
  }
  return false;
}

/** A number of three digits and more that stands in results, and only where nobody spoke of. */
function numberOf(asked: Asked, text: string): Found | undefined {
  const { words } = asked;
  let left: number = most.numbers;
  for (const key of keysOfText(text)) {
    if (!/^number (?:\d{3,}|\d+\.\d+)/.test(key) || /^number (?:19|20)\d\d$/.test(key)) continue;
    left -= 1;
    if (left < 0) return undefined;
    if (words.wanted.values.has(key)) continue;
    const found = onlyUnmeant(asked, key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Where it stands first; undefined where it stands nowhere, or somewhere that is meant. */
function onlyUnmeant(asked: Asked, key: string): Found | undefined {
  let first: Found | undefined;
  for (const kept of asked.index.placesOf(key)) {
    for (const { source, thing, path } of asked.work.open(kept)?.places.get(key) ?? []) {
      if (kept.actedFrom !== undefined || isMeant(asked, source, thing, path)) return undefined;
      first ??= { kept, path };
    }
  }
  return first;
}

/** Words for what is read, beside those of its tool. */
const alsoCalled: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(?:mail|inbox|email|message|post|letter)$/,
    ['mail', 'email', 'inbox', 'message', 'wrote', 'nachricht', 'correo', 'courriel'],
  ],
  [
    /^(?:file|drive|doc|document|page|wiki)$/,
    ['file', 'document', 'doc', 'page', 'datei', 'dokument', 'fichier', 'archivo'],
  ],
  [
    /^(?:event|diary|calendar|meeting)$/,
    ['meeting', 'appointment', 'calendar', 'event', 'diary', 'termin', 'kalender', 'agenda'],
  ],
  [/^(?:log|line)$/, ['log', 'error']],
  [/^(?:chat|channel|thread)$/, ['channel', 'chat', 'thread', 'kanal', 'canal']],
];

/** Whether the user spoke of where it stands, or it goes back to where it came from. */
function isMeant(asked: Asked, source: Source, thing: Thing, path: string): boolean {
  const { work, words } = asked;
  if (work.touches(thing, source) || isSpokenOf(asked, source) || goesBack(asked, source, thing))
    return true;
  const nouns = nounsOfPlace(source.target, path);
  for (const word of words.wanted.words) {
    const one = singular(word);
    if (one.length < 3 || one === 'text') continue;
    if (nouns.includes(one)) return true;
    if (
      alsoCalled.some(([of, names]) => names.includes(one) && nouns.some((noun) => of.test(noun)))
    )
      return true;
  }
  return false;
}

/** Whoever wrote it, or the thing in which it stands, is told no more than they have. */
function goesBack({ question }: Asked, source: Source, thing: Thing): boolean {
  const { leaves } = leavesOf(question.arguments, undefined, flowBounds.argumentChars);
  const kinds = new Set(['recipient', 'objectId']);
  const to = new Set<string>();
  for (const { path, value } of leaves) {
    if (kinds.has(kindOf(question.flow.sinks, path))) to.add(exact(String(value)));
  }
  for (let at: Thing | undefined = thing; at !== undefined; at = at.parent) {
    if (at.names.some((name) => to.has(exact(name)))) return true;
    if (source.ids.get(at)?.some((id) => to.has(id)) === true) return true;
  }
  return false;
}

function reasonOf(argument: string, { kept: { target, call }, path }: Found): FlowReason {
  return {
    why: 'stranger',
    argument,
    kind: 'payload',
    origin: { target, call, path },
    form: 'verbatim',
    lookAlike: false,
    beside: 0,
  };
}
