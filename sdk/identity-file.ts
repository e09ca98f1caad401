import { chmod, readFile, writeFile } from 'node:fs/promises';
import type { EnrolledIdentity } from './enrol.ts';
import { importInstanceKey, type InstanceKey } from './key.ts';

interface Stored extends EnrolledIdentity {
  readonly key: string;
}

/** For agents that outlive one start; readable by their owner only. */
export async function saveIdentity(
  file: string,
  identity: EnrolledIdentity,
  key: InstanceKey,
): Promise<void> {
  const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  await writeFile(file, JSON.stringify({ ...identity, key: pem }), { mode: 0o600 });
  await chmod(file, 0o600);
}

export async function loadIdentity(
  file: string,
): Promise<{ readonly identity: EnrolledIdentity; readonly key: InstanceKey }> {
  const { key, ...identity } = JSON.parse(await readFile(file, 'utf8')) as Stored;
  return { identity, key: importInstanceKey(key) };
}
