import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { parseCheckpointText, parseNote } from '#tlog/index.ts';
import type { KeptHead } from './kept-heads.ts';

/**
 * Heads in a file that somebody kept: a checkpoint as the log served it, or the lines that a witness
 * wrote, one for each cosignature. INVARIANT: a line that cannot be read is an error, never passed over.
 */
export function readSavedHeads(path: string): readonly KeptHead[] {
  const bytes = read(path);
  const from = `\`${basename(path)}\``;
  // A note has an empty line before its signatures; the lines of a witness have none.
  if (bytes.includes('\n\n')) {
    const { origin, size, root } = parseCheckpointText(parseNote(bytes).text);
    return [{ origin, size, root, from }];
  }
  const lines = bytes.toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => ({ ...headOf(line, path), from }));
}

const form = /^\S+ (\S+) (0|[1-9][0-9]{0,15}) ([A-Za-z0-9+/]{43}=)$/u;

function headOf(line: string, path: string): KeptHead {
  const [, origin, size, root = ''] = form.exec(line) ?? [];
  if (origin === undefined) {
    throw new BailiwickError('audit/proof-invalid', {
      message: `\`${path}\` is neither a checkpoint nor what a witness wrote`,
    });
  }
  return { origin, size: Number(size), root: Buffer.from(root, 'base64') };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new BailiwickError('config/unreadable', {
      message: `\`${path}\` cannot be read`,
      suggestedAction: 'name a checkpoint that was saved, or the `cosigned.log` of a witness',
      cause,
    });
  }
}
