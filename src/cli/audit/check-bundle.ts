import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { annotatedBy } from '#kernel/record.ts';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { parseVkey, verifyProofFile } from '#tlog/index.ts';
import { type Command, listFlag, usage, word } from '../command.ts';
import { cell, textOf } from '../output.ts';
import { fileDigest } from './export-files.ts';

export const auditCheckBundle: Command = {
  name: 'audit check-bundle',
  summary:
    'Checks a bundle from nothing but its folder and the keys of the logs: every file by its digest, every record by its proof. Exit 1 when one does not hold.',
  words: 'FOLDER',
  flags: {
    key: {
      type: 'string',
      multiple: true,
      value: 'VKEY',
      help: 'a verifier key that you trust; may be given again (default: those in the bundle, which proves less)',
    },
  },
  examples: [
    'bailiwick audit check-bundle case-17 --key bailiwick.local/main/standard/gateway-1+…',
  ],
  async run(input) {
    const folder = word(auditCheckBundle, input, 0, 'FOLDER');
    const checked = await checkBundle(folder, listFlag(input, 'key'));
    input.out.print({ records: checked.records, problems: [...checked.problems] }, () =>
      [
        ...checked.problems.map((one) => cell(one, 400)),
        checked.problems.length === 0
          ? `${checked.records} records, each proved under a signed checkpoint of its log`
          : 'the bundle does not hold',
      ].join('\n'),
    );
    return checked.problems.length === 0 ? 0 : 1;
  },
};

export interface CheckedBundle {
  readonly records: number;
  readonly problems: readonly string[];
}

const mostProblems = 100;

/** Streams both files side by side: a bundle may be larger than memory. */
export async function checkBundle(folder: string, keys: readonly string[]): Promise<CheckedBundle> {
  const problems: string[] = [];
  const wrong = (what: string): void => {
    if (problems.length < mostProblems) problems.push(what);
  };
  const manifest = readManifest(folder);
  checkFiles(folder, manifest, wrong);
  const trusted = trustedKeys(folder, keys);
  const proofs = linesOf(join(folder, 'proofs.jsonl'));
  const seen = new SeenPlaces();
  let records = 0;
  for await (const line of linesOf(join(folder, 'records.jsonl'))) {
    const { value } = await proofs.next();
    const entry = readLine(line);
    const again = seen.add(entry) ? undefined : 'this record was there before';
    const why = checkEntry(entry, readLine(value ?? ''), trusted) ?? again;
    if (why !== undefined) wrong(`line ${records + 1}: ${why}`);
    records += 1;
  }
  if ((await proofs.next()).done !== true) wrong('there are more proofs than records');
  await checkLaterWords(folder, manifest, trusted, wrong);
  if (records !== manifest['records']) wrong('the manifest says another number of records');
  return { records, problems };
}

/** Each proved as records are, and about what its line says; what was exported before there were any has none. */
async function checkLaterWords(
  folder: string,
  { annotations = 0 }: JsonObject,
  trusted: ReadonlySet<string>,
  wrong: (what: string) => void,
): Promise<void> {
  const path = join(folder, 'annotations.jsonl');
  let count = 0;
  for await (const line of existsSync(path) ? linesOf(path) : []) {
    const one = readLine(line);
    count += 1;
    const why = checkEntry(one, one, trusted) ?? checkAbout(one);
    if (why !== undefined) wrong(`annotation ${count}: ${why}`);
  }
  if (count !== annotations) wrong('the manifest says another number of annotations');
}

function checkAbout({ leaf, annotates }: JsonObject): string | undefined {
  const said = annotatedBy(readLine(textOf(leaf)));
  const isSame =
    said !== undefined && canonicalText({ ...said }) === canonicalText(annotates ?? {});
  return isSame ? undefined : 'it is about something else than it says';
}

/** One bit for each record: a bundle may be larger than memory. */
class SeenPlaces {
  readonly #logs = new Map<string, Map<number, number>>();

  /** False for a place that was there before. */
  add({ origin, index }: JsonObject): boolean {
    if (typeof index !== 'number') return true;
    const name = textOf(origin);
    const words = this.#logs.get(name) ?? new Map<number, number>();
    this.#logs.set(name, words);
    const at = Math.floor(index / 32);
    const bit = 2 ** (index % 32);
    const word = words.get(at) ?? 0;
    if (Math.floor(word / bit) % 2 === 1) return false;
    words.set(at, word + bit);
    return true;
  }
}

function readManifest(folder: string): JsonObject {
  const path = join(folder, 'manifest.json');
  const value = existsSync(path) ? parseJson(readFileSync(path)) : undefined;
  if (value !== undefined && isJsonObject(value)) return value;
  throw usage(auditCheckBundle, `\`${folder}\` is no bundle, or one that was cut off`);
}

const named = ['records.jsonl', 'proofs.jsonl', 'keys.txt'];

function checkFiles(folder: string, { files }: JsonObject, wrong: (what: string) => void): void {
  const listed = isJsonObject(files ?? null) ? (files as JsonObject) : {};
  for (const name of named) {
    if (!Object.hasOwn(listed, name)) wrong(`the manifest does not say what \`${name}\` is`);
  }
  for (const [name, said] of Object.entries(listed)) {
    const path = join(folder, name);
    const found = /^[a-z.]+$/.test(name) && existsSync(path) ? fileDigest(path) : undefined;
    const isSame = isJsonObject(said) && found?.['sha256'] === said['sha256'];
    if (!isSame) wrong(`\`${name}\` is not what the manifest says`);
  }
}

function trustedKeys(folder: string, given: readonly string[]): ReadonlySet<string> {
  if (given.length > 0) return new Set(given);
  return new Set(readFileSync(join(folder, 'keys.txt'), 'utf8').split('\n').filter(Boolean));
}

/** INVARIANT: a line ends at its byte 10 alone: records hold other characters that some readers part lines at. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, from)) {
      yield Buffer.concat([...begun, piece.subarray(from, end)]).toString('utf8');
      begun = [];
      from = end + 1;
    }
    if (from < piece.length) begun.push(piece.subarray(from));
  }
  if (begun.length > 0) yield Buffer.concat(begun).toString('utf8');
}

function readLine(line: string): JsonObject {
  try {
    const value = parseJson(Buffer.from(line));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Why it does not hold; undefined when it does. */
function checkEntry(
  { origin, index, leaf }: JsonObject,
  given: JsonObject,
  trusted: ReadonlySet<string>,
): string | undefined {
  if (given['origin'] !== origin || given['index'] !== index)
    return 'its proof is of another record';
  const key = [...trusted].find((vkey) => vkey.startsWith(`${textOf(origin)}+`));
  if (key === undefined) return 'no key of its log is trusted';
  try {
    const proof = Buffer.from(textOf(given['proof']));
    const entry = Buffer.from(textOf(leaf));
    const held = verifyProofFile(proof, entry, { log: parseVkey(key) });
    return held.index === index ? undefined : 'its proof is of another place';
  } catch (fault) {
    return fault instanceof Error ? fault.message : 'its proof does not hold';
  }
}
