import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canonicalBytes, isJsonObject } from '#kernel/json/index.ts';
import { type NoteVerifier, parseVkey, verifyProofFile } from '#tlog/index.ts';
import { type Admin, AdminProblem, textOf } from './admin.ts';

export type Proof = 'verified' | 'missing';

const patienceMs = 30_000;
const pauseMs = 100;

/**
 * Does this record stand in the log, under a signed checkpoint? Judged here, from the record's own
 * bytes and the log's public key; what the API says about it counts for nothing.
 */
export async function proveRecord(admin: Admin, logRoot: string, id: string): Promise<Proof> {
  const until = Date.now() + patienceMs;
  for (;;) {
    if (await isProved(admin, logRoot, id)) return 'verified';
    if (Date.now() > until) return 'missing';
    await sleep(pauseMs);
  }
}

async function isProved(admin: Admin, logRoot: string, id: string): Promise<boolean> {
  try {
    const { record, origin } = await admin.get(`/v1/records/${id}`);
    const proof = textOf(await admin.get(`/v1/records/${id}/proof`), 'proof');
    const log = vkeys(logRoot).find(({ name }) => name === origin);
    if (log === undefined || !isJsonObject(record) || record['id'] !== id) return false;
    verifyProofFile(Buffer.from(proof), canonicalBytes(record), { log });
    return true;
  } catch (fault) {
    // Not under a checkpoint yet, or no proof of this record: both are asked once more.
    if (fault instanceof AdminProblem || isProofFault(fault)) return false;
    throw fault;
  }
}

function isProofFault(fault: unknown): boolean {
  return fault instanceof Error && 'code' in fault && String(fault.code).startsWith('audit/');
}

function vkeys(folder: string): NoteVerifier[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name === 'vkey')
    .map((entry) => parseVkey(readFileSync(join(entry.parentPath, entry.name), 'utf8')));
}
