import type { AnswerParts } from './answer-parts.ts';
import { reachOf } from './answer-question.ts';
import type { IndexCheck, TenantLog } from './door.ts';
import { timeOf } from './follow-log.ts';
import { everyRecord, termsOf, unreadableRecord } from './record-terms.ts';

const step = 256;
const mostDifferences = 100;

/**
 * Reads every record of every log again and looks whether the index has it by all that it is found by, and
 * nothing beside. What it finds is told; nothing is mended.
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
    for (let from = 0; ; from += step) {
      const looked = checkStep(parts, log, { from, differ });
      records += looked.records;
      expected += looked.terms;
      if (looked.records < step) break;
      await parts.turn();
    }
  }
  for (const { origin } of index.logs()) {
    if (!logs.some((log) => log.origin === origin)) differ(`the log \`${origin}\` is gone`);
  }
  if (differences.length === 0 && postings > expected) {
    differ(`the index has ${postings} entries, and the records make ${expected}`);
  }
  return { records, differences, reach: reachOf(parts) };
}

interface Step {
  readonly from: number;
  readonly differ: (what: string) => void;
}

function checkStep(
  { index, parse, judge }: AnswerParts,
  log: TenantLog,
  { from, differ }: Step,
): { readonly records: number; readonly terms: number } {
  const known = index.logs().find(({ origin }) => origin === log.origin);
  if (known === undefined) return { records: 0, terms: 0 };
  let terms = 0;
  const entries = log.reader.range(from, Math.min(from + step, known.size));
  for (const entry of entries) {
    const read = readTerms({ parse, judge }, entry.bytes);
    terms += read.terms.size;
    if (read.at === undefined) continue;
    const place = { at: read.at, log: known.number, index: entry.index };
    const lost = [...read.terms].filter((term) => !index.has(term, place));
    if (lost.length > 0) differ(lostText(log, entry.index, lost));
  }
  return { records: entries.length, terms };
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
