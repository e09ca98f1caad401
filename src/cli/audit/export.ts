import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, requiredFlag, textFlag, usage } from '../command.ts';
import { cell, jsonLine, objects, textOf } from '../output.ts';
import { csvHeader, csvLine } from './csv.ts';
import type { ExportSink } from './export-sink.ts';
import { ExportFiles, type ExportProgress, fileDigest, nothingYet } from './export-files.ts';
import { questionOf } from './query.ts';
import { asLine, cutText, placeOf } from './later-words.ts';
import { reachText } from './records-table.ts';

export const auditExport: Command = {
  name: 'audit export',
  summary:
    'Writes what a query finds into a file, or into a bundle that proves each record to whoever has the key of the log and checks it with `audit check-bundle`. Killed or cut off, the same command goes on.',
  words: '[QUERY]…',
  flags: {
    to: {
      type: 'string',
      value: 'PATH',
      help: 'the file, or the folder of a bundle or of parquet',
    },
    format: { type: 'string', value: 'FORMAT', help: 'jsonl (default), csv, parquet or bundle' },
    view: { type: 'string', value: 'NAME', help: 'a question with a name, narrowed by QUERY' },
  },
  examples: [
    "bailiwick audit export 'agent:support since:30d' --to support.jsonl",
    'bailiwick audit export --view refused-this-week --format csv --to refused.csv',
    'bailiwick audit export since:90d --format parquet --to records',
    'bailiwick audit export subject:a.meyer --format bundle --to case-17',
  ],
  async run(input) {
    const to = requiredFlag(auditExport, input, 'to');
    const format = textFlag(input, 'format') ?? 'jsonl';
    if (!isFormat(format)) throw usage(auditExport, `\`--format\` is ${formats.join(', ')}`);
    const told = await exportAll(input, { to, format });
    input.out.print(told, () =>
      [
        `${cell(told['records'])} records in ${cell(to, 400)}`,
        told['annotations'] === 0 ? '' : `${cell(told['annotations'])} annotations of them`,
        told['annotationsCut'] === true ? cutText : '',
        reachText(told),
        format === 'bundle' ? `what checks it: ${checkedBy} (\`audit keys\` prints it)` : '',
      ]
        .filter((line) => line !== '')
        .join('\n'),
    );
  },
};

const formats = ['jsonl', 'csv', 'parquet', 'bundle'] as const;
type Format = (typeof formats)[number];

function isFormat(word: string): word is Format {
  return formats.some((one) => one === word);
}

interface Where {
  readonly to: string;
  readonly format: Format;
}

/**
 * Page after page, oldest first, so that what comes meanwhile is at the end and not between. INVARIANT: how far it
 * came names a page that is still to be asked, until all is done: whoever is killed behind the last one asks for it
 * again, and nothing is read as a beginning that was an end.
 */
async function exportAll(input: CommandInput, { to, format }: Where): Promise<JsonObject> {
  const paths = pathsOf({ to, format });
  const sink = await sinkOf({ to, format }, paths);
  const question = `${format} ${questionOf(input)}`;
  const before = begin(sink, { question, to });
  let records = before?.records ?? 0;
  let next = before?.next;
  if (next === undefined) sink.begin();
  let page: JsonObject;
  const later = new LaterWords(before);
  do {
    page = await input.request('GET', pagePath(input, format, next));
    const entries = objects(page['entries']);
    for (const entry of entries) sink.entry(entry);
    for (const one of later.fresh(page)) sink.annotation(one);
    records += entries.length;
    next = typeof page['next'] === 'string' ? page['next'] : undefined;
    const isWritten = sink.settle(next === undefined);
    if (next !== undefined && isWritten) {
      sink.files.save({ question, next, records, ...later.told });
    }
    if (process.stderr.isTTY) input.note(`  ${records} records\n`);
  } while (next !== undefined);
  sink.files.flush();
  const { asked = '', reach = [], unreadable = 0 } = page;
  const told = { asked, reach, unreadable, records, ...later.told };
  if (format === 'bundle') finishBundle(to, told, paths);
  sink.files.done();
  return told;
}

function begin(
  sink: ExportSink,
  { question, to }: { readonly question: string; readonly to: string },
): ExportProgress | undefined {
  const before = sink.files.before();
  if (before === undefined && sink.isThere) {
    throw usage(auditExport, `\`${to}\` is there already, and is no export that was cut off`);
  }
  if (before !== undefined && before.question !== question) {
    throw usage(auditExport, `\`${to}\` is an export of another question that was cut off`);
  }
  if (before === undefined) sink.files.save({ question, ...nothingYet });
  else sink.cutBack(before);
  return before;
}

function pathsOf({ to, format }: Where): Readonly<Record<string, string>> {
  if (format !== 'bundle') return { records: to };
  const at = (name: string) => join(to, `${name}.jsonl`);
  return { records: at('records'), proofs: at('proofs'), annotations: at('annotations') };
}

async function sinkOf(
  { to, format }: Where,
  paths: Readonly<Record<string, string>>,
): Promise<ExportSink> {
  if (format === 'parquet') {
    // Read where it is asked for: it brings a package.
    const { parquetSink } = await import('./parquet/parquet-sink.ts');
    return parquetSink(to);
  }
  if (format === 'bundle') mkdirSync(to, { recursive: true, mode: 0o700 });
  const progress = format === 'bundle' ? join(to, 'progress') : `${to}.progress`;
  const files = new ExportFiles(progress, paths);
  return {
    files,
    isThere: Object.values(paths).some((path) => existsSync(path)),
    cutBack: (before) => files.cutBack(before),
    begin: () => files.append('records', format === 'csv' ? csvHeader : ''),
    entry: (entry) => appendEntry(files, format, entry),
    annotation: (one) => appendAnnotation(files, format, one),
    settle: () => true,
  };
}

function pagePath(input: CommandInput, format: Format, next: string | undefined): string {
  const query = new URLSearchParams(questionOf(input));
  query.set('order', 'oldest');
  query.set('proofs', format === 'bundle' ? 'full' : 'leaf');
  if (next !== undefined) query.set('cursor', next);
  return `/v1/audit/export?${query.toString()}`;
}

function appendEntry(files: ExportFiles, format: Format, entry: JsonObject): void {
  const { origin = '', index = 0, record = {}, leaf = '', proof = '' } = entry;
  if (format === 'csv') files.append('records', csvLine(entry));
  else if (format === 'jsonl') files.append('records', jsonLine({ origin, index, record }));
  else {
    // The leaf as text, byte for byte: what is hashed is what stands there.
    files.append('records', `${canonicalText({ origin, index, leaf })}\n`);
    files.append('proofs', `${canonicalText({ origin, index, proof })}\n`);
  }
}

/**
 * What was said later about a page, behind it. One that is about a task comes with each page that has of it, and
 * is written once by each run; whoever goes on after a kill may write it again.
 */
class LaterWords {
  readonly #seen = new Set<string>();
  #count: number;
  #isCut: boolean;

  constructor({
    annotations,
    annotationsCut,
  }: Pick<ExportProgress, keyof typeof nothingYet> = nothingYet) {
    this.#count = annotations;
    this.#isCut = annotationsCut;
  }

  get told() {
    return { annotations: this.#count, annotationsCut: this.#isCut };
  }

  fresh(page: JsonObject): readonly JsonObject[] {
    if (page['annotationsCut'] === true) this.#isCut = true;
    const fresh = objects(page['annotations']).filter((one) => !this.#seen.has(placeOf(one)));
    for (const one of fresh) this.#seen.add(placeOf(one));
    this.#count += fresh.length;
    return fresh;
  }
}

function appendAnnotation(files: ExportFiles, format: Format, one: JsonObject): void {
  if (format === 'csv') files.append('records', csvLine(one));
  else if (format === 'jsonl') files.append('records', jsonLine(asLine(one)));
  else {
    const { annotates = {}, origin = '', index = 0, leaf = '', proof = '', withdrawnBy } = one;
    const told = { annotates, origin, index, leaf, proof };
    const marked = withdrawnBy === undefined ? told : { ...told, withdrawnBy };
    files.append('annotations', `${canonicalText(marked)}\n`);
  }
}

const checkedBy = 'bailiwick audit check-bundle FOLDER --keys FILE';

/** What was asked, how far it reaches, what checks it, by which keys it is checked, and the digest of every file. */
function finishBundle(to: string, told: JsonObject, paths: Readonly<Record<string, string>>): void {
  const keys = objects(told['reach'])
    .map(({ vkey }) => textOf(vkey))
    .filter((vkey) => vkey !== '');
  writeFileSync(join(to, 'keys.txt'), keys.map((key) => `${key}\n`).join(''), { mode: 0o600 });
  const named = { ...paths, keys: join(to, 'keys.txt') };
  const digests: Record<string, JsonObject> = {};
  for (const path of Object.values(named)) {
    if (existsSync(path)) digests[path.slice(to.length).replace(/^\/+/, '')] = fileDigest(path);
  }
  // Whole logs are for the verifier that stands alone; it knows no bundle, and is in none.
  const manifest = { form: 'bailiwick-audit-bundle/1', checkedBy, ...told, files: digests };
  writeFileSync(join(to, 'manifest.json'), `${canonicalText(manifest)}\n`, { mode: 0o600 });
}
