import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** What a file of ours holds, by the data folder of each instance; what is not readable holds nothing. */
export async function readKeptFile(file: string): Promise<JsonObject> {
  try {
    const value = parseJson(await readFile(file));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Whole or not at all, and readable by its owner only. */
export async function writeKeptFile(file: string, value: JsonObject): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, canonicalText(value), { mode: 0o600 });
  await rename(fresh, file);
}
