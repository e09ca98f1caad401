import type { IndexedLog } from '#contracts/record-index.ts';
import { leafHash, sameHash } from '#tlog/index.ts';
import type { AnswerParts } from './answer-parts.ts';
import { reachOf } from './answer-question.ts';
import type { IndexCheck, TenantLog } from './door.ts';
import { timeOf } from './follow-log.ts';
import { Frontier } from './frontier.ts';
import { everyRecord, termsOf, unreadableRecord } from './record-terms.ts';

const step = 256;
const mostDifferences = 100;

/**
 * Reads every record of every log again and looks whether the index has it by all that it is found by, and
 * nothing beside; and whether the records are still those that were signed for when they were indexed. What it
 * finds is told; nothing is mended.
 */
export async function checkIndex(parts: AnswerParts): Promise<IndexCheck> {
  const { index, logs } = parts;
  const differences: string[] = [];
  const differ = (what: string): void => {
    if (differences.length < mostDifferences) differences.push(what);
  };
  const { postings, isWhole } = index.check();
  if (!isWhole) differ('the file of the index is damaged');
  let records = 0;
  let expected = 0;
  for (const log of logs) {
    const looked = await checkLog(parts, log, differ);
    records += looked.records;
    expected += looked.terms;
  }
  for (const { origin } of index.logs()) {
    if (!logs.some((log) => log.origin === origin)) differ(`the log \`${origin}\` is gone`);
  }
  if (differences.length === 0 && postings > expected) {
    differ(`the index has ${postings} entries, and the records make ${expected}`);
  }
  return { records, differences, reach: reachOf(parts) };
}

type Differ = (what: string) => void;

async function checkLog(
  parts: AnswerParts,
  log: TenantLog,
  differ: Differ,
): Promise<{ readonly records: number; readonly terms: number }> {
  const known = parts.index.logs().find(({ origin }) => origin === log.origin);
  if (known === undefined) return { records: 0, terms: 0 };
  const frontier = new Frontier(0, new Uint8Array(0));
  let terms = 0;
  for (;;) {
    const from = frontier.size;
    terms += checkStep(parts, log, { known, frontier, differ });
    if (frontier.size < from + step) break;
    await parts.turn();
  }
  const indexed = new Frontier(known.size, known.edge);
  if (frontier.size !== known.size || !sameHash(frontier.root(), indexed.root())) {
    differ(`the records of \`${log.origin}\` are not those that were signed for and indexed`);
  }
  return { records: frontier.size, terms };
}

interface Step {
  readonly known: IndexedLog;
  readonly frontier: Frontier;
  readonly differ: Differ;
}

function checkStep(
  { index, parse, judge }: AnswerParts,
  log: TenantLog,
  { known, frontier, differ }: Step,
): number {
  let terms = 0;
  const from = frontier.size;
  const end = Math.min(from + step, known.size);
  const gone = Math.min(end, Math.max(from, log.reader.begins()));
  for (const hash of log.reader.leaves(from, gone)) frontier.append(hash);
  for (const entry of log.reader.range(gone, end)) {
    frontier.append(leafHash(entry.bytes));
    const read = readTerms({ parse, judge }, entry.bytes);
    terms += read.terms.size;
    if (read.at === undefined) continue;
    const place = { at: read.at, log: known.number, index: entry.index };
    const lost = [...read.terms].filter((term) => !index.has(term, place));
    if (lost.length > 0) differ(lostText(log, entry.index, lost));
  }
  return terms;
}

function readTerms(
  { parse, judge }: Pick<AnswerParts, 'parse' | 'judge'>,
  bytes: Uint8Array,
): { readonly at: number | undefined; readonly terms: ReadonlySet<string> } {
  try {
    const record = parse(bytes);
    return { at: timeOf(record), terms: termsOf(record, judge) };
  } catch {
    return { at: undefined, terms: new Set([everyRecord, unreadableRecord]) };
  }
}

function lostText({ origin }: TenantLog, index: number, lost: readonly string[]): string {
  return `record ${index} of \`${origin}\` is not found by ${lost.slice(0, 4).join(', ')}`;
}
