import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '#kernel/json/index.ts';
import { textOf } from '../output.ts';
import { readKeptHeads } from './kept-heads.ts';
import { logFolders } from './log-folders.ts';
import { verifyLogs } from './verify-logs.ts';

export interface VerdictAsk {
  readonly logRoot: string;
  /** What is remembered beside the keys; undefined where nothing is. */
  readonly ratchet: string | undefined;
  readonly tenant: string;
  /** Verifier keys of its logs. */
  readonly keys: readonly string[];
  readonly witnesses: readonly string[];
  readonly quorum: number;
}

/** What `audit verify` says of the logs of one tenant, as a report: each with up to where, and the worst of them. */
export function logVerdict(asked: VerdictAsk): JsonObject {
  const { logRoot, ratchet, tenant, keys, witnesses, quorum } = asked;
  const form = 'bailiwick-verdict/1';
  const root = join(logRoot, tenant);
  if (!existsSync(root) || logFolders(root).length === 0) {
    return { form, status: 'no-log', logs: [], findings: [] };
  }
  // Read before the logs: what grows meanwhile is never missed in them.
  const remembered = ratchet === undefined ? [] : readKeptHeads(ratchet);
  const kept = remembered.filter(({ origin }) => origin.split('/').at(-3) === tenant);
  const checked = verifyLogs(root, { keys, kept, witnesses, quorum });
  const { status, logs, findings } = checked;
  const named = logs.map((log) => ({ ...log, log: `${tenant}/${textOf(log['log'])}` }));
  return { form, status, logs: named, findings: [...findings] };
}
