import * as fs from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, type Json, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';

const header = 'bailiwick ratchet 1';
/** Our own file, as long as what it keeps. */
const maxBytes = limits.statePortMessageBytes;
const form = /^bailiwick ratchet (\d+)\n([^\n]+)\n([0-9a-f]{64})\n$/u;

/** One small file beside the keys, replaced whole; on disk when `write` returns. */
export interface RatchetFile<T> {
  /** Undefined when there is none. INVARIANT: one that is there and cannot be read is a fault. */
  read(): T | undefined;
  write(value: T): void;
}

/** What it means that such a file cannot be read, and what to do. */
export interface DamageWords {
  readonly unknown: string;
  readonly suggestedAction: string;
}

export const usualDamage: DamageWords = {
  unknown: 'what was last signed is not known',
  suggestedAction: 'look into it; with the file taken away everything granted counts as void',
};

export function openRatchetFile<T extends object>(
  path: string,
  schema: z.ZodType<T>,
  words: DamageWords = usualDamage,
): RatchetFile<T> {
  return {
    read() {
      const text = readIfThere(path);
      return text === undefined ? undefined : decode(path, text, { schema, words });
    },
    write(value) {
      const body = canonicalText(value as unknown as Json);
      replace(path, `${header}\n${body}\n${sha256Hex(Buffer.from(body, 'utf8'))}\n`);
    },
  };
}

function decode<T>(
  path: string,
  text: string,
  { schema, words }: { readonly schema: z.ZodType<T>; readonly words: DamageWords },
): T {
  const [, version, body = '', sum] = form.exec(text) ?? [];
  if (version !== undefined && Number(version) > 1) {
    throw new BailiwickError('store/newer-version', {
      message: `\`${path}\` was written by version ${version} of the ratchet; this program knows 1`,
    });
  }
  if (sum !== sha256Hex(Buffer.from(body, 'utf8'))) throw damaged(path, words);
  const parsed = schema.safeParse(parseJson(Buffer.from(body, 'utf8'), { maxBytes }));
  if (!parsed.success) throw damaged(path, words, parsed.error);
  return parsed.data;
}

function damaged(
  path: string,
  { unknown, suggestedAction }: DamageWords,
  cause?: unknown,
): BailiwickError {
  return new BailiwickError('store/keys-unreadable', {
    message: `\`${path}\` is damaged: ${unknown}`,
    suggestedAction,
    ...(cause === undefined ? {} : { cause }),
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The old file or the new one, whenever the machine stops. */
function replace(path: string, text: string): void {
  fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = fs.openSync(`${path}.new`, 'w', 0o600);
  try {
    fs.writeFileSync(file, text);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(`${path}.new`, path);
  const folder = fs.openSync(dirname(path), 'r');
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}
