import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { signedLine } from '#tlog/index.ts';
import { checkBundle } from '../audit/check-bundle.ts';
import { fileDigest } from '../audit/export-files.ts';
import { textOf } from '../output.ts';

export interface CheckedPack {
  readonly facts: JsonObject;
  readonly reports: number;
  readonly records: number;
  /** Of `audit verify`, when it was made; packs of earlier versions have none. */
  readonly verdict: string | undefined;
  readonly problems: readonly string[];
}

const mostProblems = 100;
const mostListBytes = 1_048_576;

/**
 * One pack, by its folder and public keys alone. INVARIANT: the signature speaks for the list, the list for every
 * file, the proofs for every record; what is there and not on the list is a fault too.
 */
export async function checkPack(folder: string, keys: readonly string[]): Promise<CheckedPack> {
  const problems: string[] = [];
  const facts = signedFacts(folder, keys, problems);
  const list = listOf(folder, facts, problems);
  const files = isJsonObject(list['files'] ?? null) ? (list['files'] as JsonObject) : {};
  problems.push(...wrongFiles(folder, files));
  const reports = isJsonObject(list['reports'] ?? null) ? (list['reports'] as JsonObject) : {};
  let records = 0;
  for (const [name, told] of Object.entries(reports)) {
    if (!existsSync(join(folder, name, 'manifest.json'))) continue;
    try {
      const checked = await checkBundle(join(folder, name), keys);
      problems.push(...checked.problems.map((one) => `${name}: ${one}`));
      records += checked.records;
      if (!isJsonObject(told) || told['records'] !== checked.records)
        problems.push(`${name}: the list says another number of records`);
    } catch (fault) {
      problems.push(`${name}: ${messageOf(fault)}`);
    }
  }
  const count = Object.keys(reports).length;
  if (count === 0) problems.push('there is no report in it');
  const verdict = typeof list['verdict'] === 'string' ? list['verdict'] : undefined;
  return { facts, reports: count, records, verdict, problems: problems.slice(0, mostProblems) };
}

function signedFacts(folder: string, keys: readonly string[], problems: string[]): JsonObject {
  try {
    const note = smallFile(join(folder, 'pack.note'));
    const name = note.subarray(0, Math.max(0, note.indexOf(10))).toString('utf8');
    // INVARIANT: what a key of a log signed as something else is no pack.
    if (name.split('/').at(-2) !== 'evidence') throw new Error('it is signed as something else');
    const told = parseJson(Buffer.from(lineOf(note, name, keys)));
    if (isJsonObject(told) && told['form'] === 'bailiwick-evidence-pack/1') return told;
    throw new Error('it is of a form that is not read here');
  } catch (fault) {
    problems.push(`\`pack.note\`: ${messageOf(fault)}`);
    return {};
  }
}

/** In words of its own: other things are signed so too, and have theirs. */
function lineOf(note: Buffer, name: string, keys: readonly string[]): string {
  try {
    return signedLine(note, name, keys);
  } catch {
    throw new Error('it is no whole note, or not signed by a key that was given');
  }
}

function listOf(folder: string, facts: JsonObject, problems: string[]): JsonObject {
  try {
    const bytes = smallFile(join(folder, 'pack.json'));
    const list = parseJson(bytes);
    if (sha256Hex(bytes) !== facts['manifest'])
      problems.push('`pack.json` is not the list that was signed');
    return isJsonObject(list) ? list : {};
  } catch (fault) {
    problems.push(`\`pack.json\`: ${messageOf(fault)}`);
    return {};
  }
}

function wrongFiles(folder: string, files: JsonObject): string[] {
  const listed = Object.entries(files).flatMap(([path, told]) => {
    const isName = /^[a-z][a-z-]*\/[a-z.]+$/u.test(path) && existsSync(join(folder, path));
    const isSame =
      isName &&
      isJsonObject(told) &&
      fileDigest(join(folder, path))['sha256'] === textOf(told['sha256']);
    return isSame ? [] : [`\`${path}\` is not what the list says`];
  });
  const own = ['pack.json', 'pack.note'];
  const strange = filesBelow(folder).filter(
    (path) => !own.includes(path) && !Object.hasOwn(files, path),
  );
  return [...listed, ...strange.map((path) => `\`${path}\` is not on the list`)];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => !one.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder).length + 1));
}

function smallFile(path: string): Buffer {
  if (!existsSync(path)) throw new Error('it is not there');
  if (statSync(path).size > mostListBytes) throw new Error('it is too long');
  return readFileSync(path);
}

const messageOf = (fault: unknown): string =>
  fault instanceof Error ? fault.message : String(fault);
