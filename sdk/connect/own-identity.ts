import { createHash } from 'node:crypto';
import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createControlClient } from '../control-client.ts';
import { enrol } from '../enrol.ts';
import { loadIdentity, saveIdentity, type SavedIdentity } from '../identity-file.ts';
import { generateInstanceKey } from '../key.ts';
import { readMembers } from './message.ts';
import type { ConnectOptions } from './options.ts';
import { findPlace } from './place.ts';
import { ConnectProblem, sentenceOf } from './problem.ts';

/** INVARIANT: under the home of whoever runs it, never in the configuration of a client. */
export function identityFile({ home, data, control, agent, client }: ConnectOptions): string {
  const place = createHash('sha256')
    .update(control ?? data)
    .digest('hex')
    .slice(0, 12);
  return join(home, 'connect', place, `${agent}.${client}.json`);
}

/**
 * The identity of this client, enrolled the first time. INVARIANT: one that is there is never
 * replaced, whatever becomes of it: what was revoked does not come back by itself.
 */
export async function ownIdentity(
  options: ConnectOptions,
  say: (sentence: string) => void,
): Promise<SavedIdentity> {
  const file = identityFile(options);
  const known = await loadIfThere(file);
  if (known !== undefined) return known;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const unlock = await lock(`${file}.lock`);
  try {
    // Another start of the same client may have done it meanwhile.
    return (await loadIfThere(file)) ?? (await enrolHere(options, file, say));
  } finally {
    unlock();
  }
}

async function loadIfThere(file: string): Promise<SavedIdentity | undefined> {
  try {
    return await loadIdentity(file);
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ENOENT') return undefined;
    throw new ConnectProblem(
      'connect/identity-unreadable',
      `the identity in ${file} cannot be used: ${sentenceOf(fault)}`,
      'revoke that instance, remove the file, and start again to enrol a new one',
      fault,
    );
  }
}

async function enrolHere(
  options: ConnectOptions,
  file: string,
  say: (sentence: string) => void,
): Promise<SavedIdentity> {
  const { control, gateway } = findPlace({ ...options, server: undefined }, undefined);
  const joinToken = await joinTokenFor(options, control);
  const key = generateInstanceKey();
  const identity = await enrol({ control, joinToken, key });
  if (identity.agent !== options.agent) {
    throw new ConnectProblem(
      'connect/other-agent',
      `the join token was for \`${identity.agent}\`, not for \`${options.agent}\``,
      `revoke instance ${identity.instance}, and get a token for \`${options.agent}\``,
    );
  }
  const home = { control, gateway: gateway.href };
  await saveIdentity(file, identity, key, home);
  say(`enrolled ${identity.agent} as instance ${identity.instance}; its key is in ${file}`);
  return { identity, key, home };
}

async function joinTokenFor(
  { joinToken, agent, home, data }: ConnectOptions,
  control: string,
): Promise<string> {
  if (joinToken !== undefined) {
    return 'token' in joinToken ? joinToken.token : readToken(joinToken.file);
  }
  const credential = await operatorCredential(home, data);
  if (credential === undefined) throw noToken(agent);
  const client = createControlClient({ url: control, credential });
  const path = `/v1/agents/${encodeURIComponent(agent)}/join-token`;
  const issued = await client.request('POST', path, { reason: 'bailiwick connect' });
  const { joinToken: token } = issued;
  if (typeof token !== 'string') throw noToken(agent);
  return token;
}

async function readToken(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new ConnectProblem(
      'cli/usage',
      `the join token in ${file} cannot be read`,
      'name a file that this user can read',
      cause,
    );
  }
}

/** Of whoever set this instance up, when it is the same person on the same machine. */
async function operatorCredential(home: string, data: string): Promise<string | undefined> {
  try {
    const value = readMembers(await readFile(join(home, 'credentials.json')))?.[data];
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

function noToken(agent: string): ConnectProblem {
  return new ConnectProblem(
    'connect/not-enrolled',
    `\`${agent}\` is not enrolled here, and there is no join token`,
    `ask for one (\`bailiwick agent token ${agent}\`) and give it once: --join-token-file FILE or $BAILIWICK_JOIN_TOKEN`,
  );
}

const lockWaitMs = 30_000;
const lockRetryMs = 50;

/** A file that only one can make. One whose maker is gone counts for nothing. */
async function lock(path: string): Promise<() => void> {
  const until = Date.now() + lockWaitMs;
  for (;;) {
    try {
      closeSync(openSync(path, 'wx', 0o600));
      return () => rmSync(path, { force: true });
    } catch (fault) {
      if (!(fault instanceof Error && 'code' in fault && fault.code === 'EEXIST')) throw fault;
      const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (Date.now() - made > lockWaitMs) rmSync(path, { force: true });
      if (Date.now() > until) throw lockProblem(path);
      await pause(lockRetryMs);
    }
  }
}

function lockProblem(path: string): ConnectProblem {
  return new ConnectProblem(
    'connect/enrolling',
    `another start of this client is enrolling and does not end (${path})`,
    'end it, remove that file, and start again',
  );
}
