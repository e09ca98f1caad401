import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type LogVerdict, parseVkey, verifyLogFolder } from '#tlog/index.ts';

export interface CheckedLogs {
  /** The worst of all logs. */
  readonly status: 'inconsistent' | 'consistent' | 'witnessed';
  readonly logs: readonly JsonObject[];
}

/** Every log below the folder, `<tenant>/<class>/<writer>`; a folder without any is an error. */
export function verifyLogs(root: string, trustedKey: string | undefined): CheckedLogs {
  const folders = logFolders(root);
  if (folders.length === 0) {
    throw new BailiwickError('config/unreadable', {
      message: `there is no log below \`${root}\``,
      suggestedAction: 'name the log folder, or the data folder with `--data`',
    });
  }
  const logs = folders.map((folder) => verifyOne(root, folder, trustedKey));
  const worst = logs.some(({ status }) => status === 'inconsistent')
    ? 'inconsistent'
    : logs.every(({ status }) => status === 'witnessed')
      ? 'witnessed'
      : 'consistent';
  return { status: worst, logs };
}

function verifyOne(root: string, folder: string, trustedKey: string | undefined): JsonObject {
  const log = relative(root, folder);
  const verdict = judge(folder, trustedKey);
  if (verdict.status === 'inconsistent') {
    const { kind, message, index, count, path } = verdict.problem;
    return {
      log,
      status: 'inconsistent',
      size: null,
      kind,
      message,
      index: index ?? null,
      count: count ?? null,
      path: path ?? null,
    };
  }
  const { status, origin, size, root: hash, payloads } = verdict;
  return {
    log,
    status,
    origin,
    size,
    root: Buffer.from(hash).toString('hex'),
    payloads,
    message: status === 'witnessed' ? 'cosigned' : 'every hash and signature holds',
  };
}

function judge(folder: string, trustedKey: string | undefined): LogVerdict {
  const read = (path: string): Uint8Array | undefined => readIfThere(join(folder, path));
  const key = trustedKey ?? readIfThere(join(folder, 'vkey'))?.toString('utf8').trim();
  if (key === undefined || key === '') {
    return {
      status: 'inconsistent',
      problem: { kind: 'missing-file', message: 'the key is not there', path: 'vkey' },
    };
  }
  return verifyLogFolder(read, {
    trust: { log: parseVkey(key) },
    list: () => filesBelow(folder, folder),
  });
}

function readIfThere(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(root, path) : [relative(root, path)];
  });
}

/** A folder with a checkpoint or entries is a log; three levels are looked at, as the layout has them. */
function logFolders(root: string, depth = 3): string[] {
  if (!existsSync(root)) return [];
  if (existsSync(join(root, 'checkpoint')) || existsSync(join(root, 'tile'))) return [root];
  if (depth === 0) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name))
    .sort()
    .flatMap((folder) => logFolders(folder, depth - 1));
}
