import { join } from 'node:path';
import { isJsonObject } from '#kernel/json/index.ts';
import { readKeptFile, writeKeptFile } from '../kept-file.ts';
import { textOf } from '../output.ts';
import type { SignedInThere } from './sign-in.ts';

/** A sign-in in the browser that a command line goes on by. */
export interface KeptSignIn {
  readonly credential: string;
  /** Its name, by which it is revoked. */
  readonly token: string;
  readonly until: string;
}

/** Beside the credentials of people: it is worth something for hours, and takes the place of none. */
const fileIn = (home: string): string => join(home, 'sign-ins.json');

/** Undefined where there is none, or its time is over. */
export async function readSignIn(
  home: string,
  dataFolder: string,
): Promise<KeptSignIn | undefined> {
  const one = (await readKeptFile(fileIn(home)))[dataFolder];
  if (!isJsonObject(one)) return undefined;
  const until = textOf(one['until']);
  if (!(Date.parse(until) > Date.now())) return undefined;
  return { credential: textOf(one['credential']), token: textOf(one['token']), until };
}

export async function keepSignIn(
  home: string,
  dataFolder: string,
  { credential, token, until }: SignedInThere,
): Promise<string> {
  const file = fileIn(home);
  const all = await readKeptFile(file);
  await writeKeptFile(file, { ...all, [dataFolder]: { credential, token, until } });
  return file;
}

export async function dropSignIn(home: string, dataFolder: string): Promise<void> {
  const file = fileIn(home);
  const { [dataFolder]: _, ...others } = await readKeptFile(file);
  await writeKeptFile(file, others);
}
