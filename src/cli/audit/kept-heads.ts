import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type Json, parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';

/** A head that something beside the log remembers. */
export interface KeptHead {
  readonly origin: string;
  readonly size: number;
  /** Without it, only that the log was once so long. */
  readonly root?: Uint8Array;
  /** Who remembers it. */
  readonly from?: string;
}

/** Others keep more here than heads. */
const maxBytes = limits.statePortMessageBytes;
const form = /^bailiwick ratchet 1\n([^\n]+)\n([0-9a-f]{64})\n$/u;

/** Of every log that these keys signed: its last head, those that were succeeded by others included. */
export function readKeptHeads(folder: string): readonly KeptHead[] {
  const names = namesIn(folder).filter((name) => name.endsWith('.ratchet'));
  return names.sort().flatMap((name) => headsIn(join(folder, name)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new BailiwickError('config/unreadable', {
      message: `there is no ratchet at \`${folder}\``,
      suggestedAction: 'name the folder `ratchet` below the one of `--keys`',
      cause,
    });
  }
}

function headsIn(path: string): KeptHead[] {
  const [, body = '', sum] = form.exec(readFileSync(path, 'utf8')) ?? [];
  const content =
    sum === sha256Hex(body) ? parseJson(Buffer.from(body, 'utf8'), { maxBytes }) : undefined;
  if (!isJsonObject(content)) {
    throw new BailiwickError('store/keys-unreadable', { message: `\`${path}\` is damaged` });
  }
  const before = isJsonObject(content['broken']) ? content['broken']['before'] : undefined;
  return [...headsOf(content['logs']), ...headsOf(before)];
}

function headsOf(list: Json | undefined): KeptHead[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly Json[]).flatMap((one) => {
    if (!isJsonObject(one)) return [];
    const { origin, size, root } = one;
    const whole =
      typeof origin === 'string' && typeof size === 'number' && typeof root === 'string';
    return whole ? [{ origin, size, root: Buffer.from(root, 'hex') }] : [];
  });
}
