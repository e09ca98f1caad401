import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Unreconciled } from '#gateway/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';

const retryMs = 2_000;
const content = z.object({ schema: z.literal(1), intents: z.array(z.string()) });

/**
 * What control was not told yet, by the id of its record: what is not in the last minutes of the log
 * is known from here. Ids only; the arguments stay where they are sealed.
 */
export interface UnreconciledFile {
  /** Writes what is new; what cannot be written now is tried again until it can. */
  keep(unreconciled: Unreconciled): void;
  /** Everything that is to be kept is on disk. */
  readonly isKept: boolean;
  /** Resolves when it is; rejects when it cannot be written. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** INVARIANT: a file that is there but cannot be read is a fault, never an empty list. */
export async function readUnreconciled(path: string): Promise<readonly string[]> {
  try {
    return content.parse(parseJson(await readFile(path))).intents;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return [];
    throw new BailiwickError('store/corrupt', {
      message: `\`${path}\` cannot be read: calls with an unknown effect are not known`,
      cause,
    });
  }
}

export function openUnreconciledFile(path: string): UnreconciledFile {
  let intents: () => readonly string[] = () => [];
  let dirty = false;
  let writing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const write = async (): Promise<void> => {
    clearTimeout(timer);
    dirty = false;
    try {
      await replace(path, canonicalText({ schema: 1, intents: intents() }));
    } catch {
      dirty = true;
      timer = setTimeout(start, retryMs).unref();
      return;
    }
    // What changed meanwhile set it again.
    if (dirty) await write();
  };
  const start = (): void => {
    writing ??= write().finally(() => (writing = undefined));
  };
  return {
    keep(unreconciled) {
      intents = () => unreconciled.refs();
      const changed = (): void => {
        dirty = true;
        start();
      };
      unreconciled.onChange(changed);
      if (unreconciled.refs().length > 0) changed();
    },
    get isKept() {
      return !dirty && writing === undefined;
    },
    async settled() {
      await writing;
      if (dirty)
        throw new BailiwickError('store/full', { message: `\`${path}\` cannot be written` });
    },
    async close() {
      await writing;
      if (dirty) await write();
      clearTimeout(timer);
    },
  };
}

/** The old file or the new one, whole, whenever the machine stops. */
async function replace(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await synced(await open(`${path}.new`, 'w', 0o600), text);
  await rename(`${path}.new`, path);
  await synced(await open(dirname(path), 'r'));
}

async function synced(file: FileHandle, text?: string): Promise<void> {
  try {
    if (text !== undefined) await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
