import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { CommandInput } from '../command.ts';
import { type Kept, note, originalOf, replaceFile } from './kept.ts';
import { unmake } from './unmake.ts';

export interface Undone {
  readonly file: string;
  /** Where the file as it was just now lies, when somebody had changed it. */
  readonly aside: string | undefined;
  readonly stays: readonly string[];
}

/**
 * First the client gets its file back, byte for byte; then what was made is taken out, unless it was
 * changed since. INVARIANT: a file that somebody changed is not written over unasked, nor lost; what
 * left something behind is not done, and can be said again.
 */
export async function undo(
  kept: Kept,
  { request, isForced }: { readonly request: CommandInput['request']; readonly isForced: boolean },
): Promise<Undone> {
  const aside = kept.restored ? undefined : restore(kept, isForced);
  kept.restored = true;
  note(kept);
  const stays = await unmake(request, kept, isForced);
  kept.undone = stays.length === 0;
  note(kept);
  return { file: kept.file, aside, stays };
}

/** Where the file lies now that stood there, when somebody had changed it. */
function restore(kept: Kept, isForced: boolean): string | undefined {
  const original = originalOf(kept);
  if (original === undefined) {
    throw new BailiwickError('cli/usage', {
      message: `the kept copy in ${kept.folder} is not what was kept`,
      suggestedAction: 'restore the file from a backup of yours; the documents stay as they are',
    });
  }
  const now = existsSync(kept.file) ? sha256Hex(readFileSync(kept.file)) : undefined;
  const isOurs = now === undefined || now === kept.rewritten || now === kept.original;
  if (!isOurs && !isForced) throw changed(kept.file);
  const aside = isOurs ? undefined : `${kept.file}.before-undo-${Date.now()}`;
  if (aside !== undefined) copyFileSync(kept.file, aside);
  if (now !== kept.original) replaceFile(kept.file, original, kept.mode);
  return aside;
}

function changed(file: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `${file} was changed since it was adopted`,
    suggestedAction: 'look at it, then say `--force`: it is kept beside the restored one',
  });
}
