import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';
import type { Period } from './periods.ts';
import { reports } from './reports.ts';

/** A record where it stands, with what proves it. */
export interface ProvedRecord {
  readonly origin: string;
  readonly index: number;
  readonly record: RecordEnvelope;
  readonly leaf?: string;
  readonly proof?: string;
}

export interface ProvedLaterWords extends ProvedRecord {
  readonly annotates: object;
  readonly withdrawnBy?: string;
}

/** One page of an answer, as the index gives it and the logs prove it. */
export interface AskedPage {
  readonly records: readonly ProvedRecord[];
  readonly annotations?: readonly ProvedLaterWords[];
  readonly annotationsCut?: boolean;
  readonly next: string | undefined;
  readonly asked: string;
  readonly unreadable: number;
  readonly reach: readonly {
    readonly origin: string;
    readonly complete: number;
    readonly size: number;
    readonly vkey?: string | undefined;
  }[];
}

export type AskRecords = (asked: {
  readonly query: string;
  readonly cursor: string | undefined;
  /** Without proofs and later words, for what is counted and not handed out. */
  readonly bare?: boolean;
  readonly newestFirst?: boolean;
}) => Promise<AskedPage>;

/** Adds to a file of the pack. */
export type AppendText = (path: string, text: string) => void;

export interface WrittenReport {
  readonly records: number;
  readonly types: Readonly<Record<string, number>>;
}

/**
 * A bundle as `audit export --format bundle` makes it, page after page, so that memory does not grow with it.
 * Whoever calls waits for the index before (`indexCaughtUp`).
 */
export async function writeReport(
  name: string,
  { from, to }: Period,
  { ask, append }: { readonly ask: AskRecords; readonly append: AppendText },
): Promise<{ readonly told: WrittenReport; readonly page: JsonObject }> {
  const times = `since:${isoTime(from)} before:${isoTime(to)}`;
  const query = `${times} ${reports[name]?.words ?? ''}`.trim();
  const types: Record<string, number> = {};
  const later = new LaterWords();
  let records = 0;
  let cursor: string | undefined;
  let page: AskedPage;
  do {
    page = await ask({ query, cursor });
    for (const one of page.records) {
      append(`${name}/records.jsonl`, lineOf(one, { leaf: one.leaf ?? '' }));
      append(`${name}/proofs.jsonl`, lineOf(one, { proof: one.proof ?? '' }));
      types[one.record.type] = (types[one.record.type] ?? 0) + 1;
      records += 1;
    }
    for (const one of later.fresh(page)) append(`${name}/annotations.jsonl`, wordsOf(one));
    cursor = page.next;
  } while (cursor !== undefined);
  const vkeys = page.reach.flatMap(({ vkey }) => (vkey === undefined ? [] : [`${vkey}\n`]));
  append(`${name}/keys.txt`, vkeys.join(''));
  const reach = page.reach.map(({ vkey, ...one }) => (vkey === undefined ? one : { ...one, vkey }));
  const { asked, unreadable } = page;
  return {
    told: { records, types },
    page: { asked, reach, unreadable, records, ...later.told },
  };
}

function lineOf(
  { origin, index }: ProvedRecord,
  with_: { readonly leaf: string } | { readonly proof: string },
): string {
  return `${canonicalText({ origin, index, ...with_ })}\n`;
}

function wordsOf(one: ProvedLaterWords): string {
  const { annotates, origin, index, leaf = '', proof = '', withdrawnBy } = one;
  const told = { annotates: { ...annotates } as JsonObject, origin, index, leaf, proof };
  return `${canonicalText(withdrawnBy === undefined ? told : { ...told, withdrawnBy })}\n`;
}

const mostLooks = 20;

/**
 * Waits a little until the index has read what the logs had at the first look.
 * INVARIANT: what it has not read could be of the period, so nothing is made before.
 */
export async function indexCaughtUp(ask: AskRecords, { from, to }: Period): Promise<void> {
  const query = `since:${isoTime(from)} before:${isoTime(to)}`;
  const aim = new Map<string, number>();
  let behind: AskedPage['reach'][number] | undefined;
  for (let look = 0; look < mostLooks; look += 1) {
    const { reach } = await ask({ query, cursor: undefined });
    if (look === 0) for (const { origin, size } of reach) aim.set(origin, size);
    behind = reach.find(({ origin, complete }) => complete < (aim.get(origin) ?? 0));
    if (behind === undefined) return;
  }
  throw new BailiwickError('audit/index-unavailable', {
    message: `the index has read ${behind?.complete} of ${behind?.size} records of \`${behind?.origin}\``,
  });
}

/** Words about a task come with each page that has of it, and are written once. */
class LaterWords {
  readonly #seen = new Set<string>();
  #isCut = false;

  get told() {
    return { annotations: this.#seen.size, annotationsCut: this.#isCut };
  }

  fresh({ annotations = [], annotationsCut = false }: AskedPage): readonly ProvedLaterWords[] {
    if (annotationsCut) this.#isCut = true;
    const place = ({ origin, index }: ProvedRecord) => `${origin} ${index}`;
    const fresh = annotations.filter((one) => !this.#seen.has(place(one)));
    for (const one of fresh) this.#seen.add(place(one));
    return fresh;
  }
}
