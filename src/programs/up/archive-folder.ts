import { statSync } from 'node:fs';
import { BailiwickError } from '#kernel/errors.ts';

/** At the start alone: one that goes away later stops nothing, and is told. */
export function checkArchiveFolder(archive: string | undefined): void {
  // A folder is named from the root on; what is no folder, a bucket, is asked when it is needed.
  if (archive?.startsWith('/') !== true) return;
  if (statSync(archive, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new BailiwickError('config/unreadable', {
    message: `\`--archive\` names \`${archive}\`, which is no folder`,
    // Never made here: where a disk is not mounted, copies would lie on the disk that they are kept from.
    suggestedAction: `mount it, or make it: \`mkdir -p -m 700 ${archive}\``,
  });
}
