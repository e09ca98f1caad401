import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { EnrolledIdentity } from './enrol.ts';
import { importInstanceKey, type InstanceKey } from './key.ts';
import { readJson } from './read-json.ts';

/** Where its programs were when it was enrolled; it may be told otherwise at any start. */
export interface IdentityHome {
  readonly control: string;
  readonly gateway: string;
}

export interface SavedIdentity {
  readonly identity: EnrolledIdentity;
  readonly key: InstanceKey;
  readonly home: IdentityHome | undefined;
}

/**
 * For agents that outlive one start. INVARIANT: the key is never in a file that others may read,
 * and a crash leaves the old file or the new one.
 */
export async function saveIdentity(
  file: string,
  identity: EnrolledIdentity,
  key: InstanceKey,
  home?: IdentityHome,
): Promise<void> {
  const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const fresh = `${file}.${randomBytes(8).toString('hex')}`;
  const handle = await open(fresh, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ ...identity, ...home, key: pem }));
    await handle.sync();
    await handle.close();
    await rename(fresh, file);
  } catch (fault) {
    await handle.close().catch(() => undefined);
    await rm(fresh, { force: true });
    throw fault;
  }
}

export async function loadIdentity(file: string): Promise<SavedIdentity> {
  const handle = await open(file, 'r');
  try {
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) {
      throw new Error(
        `others may read ${file}; enrol a new instance and keep its file to yourself`,
      );
    }
    const stored = readJson(await handle.readFile());
    const identity = {
      tenant: textAt(stored, 'tenant'),
      agent: textAt(stored, 'agent'),
      instance: textAt(stored, 'instance'),
      issuer: textAt(stored, 'issuer'),
    };
    return { identity, key: importInstanceKey(textAt(stored, 'key')), home: homeIn(stored) };
  } finally {
    await handle.close();
  }
}

function textAt(stored: unknown, name: string): string {
  const value = (stored as Readonly<Record<string, unknown>> | null)?.[name];
  if (typeof value !== 'string') throw new TypeError(`the identity file has no \`${name}\``);
  return value;
}

function homeIn(stored: unknown): IdentityHome | undefined {
  const { control, gateway } = stored as Readonly<Record<string, unknown>>;
  const isKnown = typeof control === 'string' && typeof gateway === 'string';
  return isKnown ? { control, gateway } : undefined;
}
