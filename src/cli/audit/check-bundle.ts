import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { annotatedBy } from '#kernel/record.ts';
import { canonicalText, isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { parseVkey, verifyProofFile } from '#tlog/index.ts';
import { type Command, usage, word } from '../command.ts';
import { cell, textOf } from '../output.ts';
import { fileDigest } from './export-files.ts';
import {
  givenKeys,
  keyFlags,
  keysFor,
  notItsKey,
  ownKeysText,
  underOneOf,
} from './trusted-keys.ts';

export const auditCheckBundle: Command = {
  name: 'audit check-bundle',
  summary:
    'Checks a bundle from nothing but its folder and the keys of the logs: every file by its digest, every record by its proof. Exit 1 when one does not hold, 2 when it holds under its own keys and none was given.',
  words: 'FOLDER',
  flags: { ...keyFlags },
  examples: [
    'bailiwick audit check-bundle case-17 --keys keys.txt',
    'bailiwick audit check-bundle case-17 --key bailiwick.local/main/standard/gateway-1+…',
  ],
  async run(input) {
    const folder = word(auditCheckBundle, input, 0, 'FOLDER');
    const keys = givenKeys(auditCheckBundle, input);
    const { records, problems } = await checkBundle(folder, keys);
    const trusted = keys.length > 0;
    input.out.print({ records, trusted, problems: [...problems] }, () =>
      [...problems.map((one) => cell(one, 400)), ...verdict(records, problems, trusted)].join('\n'),
    );
    if (problems.length > 0) return 1;
    return trusted ? 0 : 2;
  },
};

function verdict(records: number, problems: readonly string[], trusted: boolean): string[] {
  if (problems.length > 0) return ['the bundle does not hold'];
  const held =
    records === 0
      ? '0 records, so there is nothing that it proves'
      : `${records} records, each proved under a signed checkpoint of its log`;
  return trusted ? [held] : [held, ownKeysText];
}

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
  const own = ownKeys(folder);
  checkAreOfIt(own, keys);
  const trusted = keys.length > 0 ? keys : own;
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
  trusted: readonly string[],
  wrong: (what: string) => void,
): Promise<void> {
  const path = join(folder, 'annotations.jsonl');
  let count = 0;
  for await (const line of linesOf(path)) {
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

function checkFiles(
  folder: string,
  { files, records }: JsonObject,
  wrong: (what: string) => void,
): void {
  const listed = isJsonObject(files ?? null) ? (files as JsonObject) : {};
  // Of no records there are no files.
  for (const name of records === 0 ? [] : named) {
    if (!Object.hasOwn(listed, name)) wrong(`the manifest does not say what \`${name}\` is`);
  }
  for (const [name, said] of Object.entries(listed)) {
    const path = join(folder, name);
    const found = /^[a-z.]+$/.test(name) && existsSync(path) ? fileDigest(path) : undefined;
    const isSame = isJsonObject(said) && found?.['sha256'] === said['sha256'];
    if (!isSame) wrong(`\`${name}\` is not what the manifest says`);
  }
}

function ownKeys(folder: string): readonly string[] {
  const path = join(folder, 'keys.txt');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.split('\n').filter(isKey);
}

/** INVARIANT: keys of other logs are told as that: they say nothing of this evidence. */
function checkAreOfIt(own: readonly string[], given: readonly string[]): void {
  const names = own.map((vkey) => parseVkey(vkey).name);
  const [first] = names;
  if (given.length === 0 || first === undefined) return;
  if (names.some((name) => keysFor(name, given).length > 0)) return;
  throw usage(auditCheckBundle, notItsKey(first, given));
}

function isKey(line: string): boolean {
  try {
    return parseVkey(line).kind === 'log';
  } catch {
    return false;
  }
}

/** INVARIANT: a line ends at its byte 10 alone: records hold other characters that some readers part lines at. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let begun: Buffer[] = [];
  if (!existsSync(path)) return;
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
  trusted: readonly string[],
): string | undefined {
  if (given['origin'] !== origin || given['index'] !== index)
    return 'its proof is of another record';
  const name = textOf(origin);
  if (name === '') return 'it says of no log that it is of it';
  if (trusted.length === 0) return 'there is no key in the bundle';
  if (keysFor(name, trusted).length === 0) return notItsKey(name, trusted);
  try {
    const proof = Buffer.from(textOf(given['proof']));
    const entry = Buffer.from(textOf(leaf));
    const held = underOneOf(name, trusted, (trust) => verifyProofFile(proof, entry, trust));
    return held.index === index ? undefined : 'its proof is of another place';
  } catch (fault) {
    return fault instanceof Error ? fault.message : 'its proof does not hold';
  }
}
