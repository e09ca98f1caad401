import { readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import { readSignIn } from './browser/kept.ts';
import { readKeptFile, writeKeptFile } from './kept-file.ts';

/** Where the instance of a data folder listens; written by the supervisor when it is ready. */
export function controlUrl(dataFolder: string, env: NodeJS.ProcessEnv): string {
  const given = env['BAILIWICK_URL'];
  if (given !== undefined) return given;
  try {
    const place = parseJson(readFileSync(join(dataFolder, 'run', 'instance.json')));
    if (isJsonObject(place) && typeof place['console'] === 'string') return place['console'];
  } catch {
    // Falls through to the one message that helps.
  }
  throw new BailiwickError('cli/not-running', {
    message: `nothing runs on the data folder ${dataFolder}`,
  });
}

/** The folder of the keys of an instance that runs; undefined where none does. */
export function keysFolder(dataFolder: string): string | undefined {
  try {
    const place = parseJson(readFileSync(join(dataFolder, 'run', 'instance.json')));
    return isJsonObject(place) && typeof place['keys'] === 'string' ? place['keys'] : undefined;
  } catch {
    return undefined;
  }
}

/** By what a request is asked: what the environment says, a sign-in in the browser, the person's own credential. */
export async function readCredential(
  home: string,
  dataFolder: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const given = env['BAILIWICK_CREDENTIAL'];
  if (given !== undefined) return given;
  const signIn = await readSignIn(home, dataFolder);
  return signIn?.credential ?? readOwnCredential(home, dataFolder);
}

/** Credentials of people, by the data folder of the instance; readable by their owner only. */
export async function readOwnCredential(
  home: string,
  dataFolder: string,
): Promise<string | undefined> {
  const one = (await readKeptFile(credentialFile(home)))[dataFolder];
  return typeof one === 'string' ? one : undefined;
}

export async function saveCredential(
  home: string,
  dataFolder: string,
  credential: string,
): Promise<string> {
  const file = credentialFile(home);
  await writeKeptFile(file, { ...(await readKeptFile(file)), [dataFolder]: credential });
  return file;
}

/** Says that a credential could not be kept while nothing was done for it yet. */
export async function checkKeepable(home: string): Promise<void> {
  const probe = `${credentialFile(home)}.probe-${process.pid}`;
  try {
    await mkdir(home, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'x', { mode: 0o600, flag: 'wx' });
    await rm(probe);
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown';
    throw new BailiwickError('cli/usage', {
      message: `the credential could not be kept in ${home} (${code}); nothing was done`,
      suggestedAction: 'make that folder writable, or set BAILIWICK_HOME',
    });
  }
}

function credentialFile(home: string): string {
  return join(home, 'credentials.json');
}
