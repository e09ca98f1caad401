import type { LogArchive, OverlaidName } from '#contracts/log-archive.ts';
import { BailiwickError } from '#kernel/errors.ts';

export interface CopiedArchive {
  /** How many objects the archive has, and how many of them were copied now. */
  readonly objects: number;
  readonly copied: number;
  readonly bytes: number;
  /** What somebody laid over what was put; the copy has what was put first. */
  readonly overlaid: readonly OverlaidName[];
}

/** So many at once: most of a copy is waiting. */
const atOnce = 8;

/**
 * A whole archive, brought to where both verifiers can read it. What is there already from an earlier run is not
 * fetched again. INVARIANT: of each name what was put first; nothing here is believed, the verifiers judge the copy.
 */
export async function copyArchive(
  { from, to }: { readonly from: LogArchive; readonly to: LogArchive },
  onProgress: (done: number, of: number) => void = () => undefined,
): Promise<CopiedArchive> {
  const overlaid = await from.overlaid('');
  const names = await from.list('');
  const here = new Set(await to.list(''));
  const missing = names.filter((name) => !here.has(name));
  let bytes = 0;
  let done = 0;
  const copyNext = async (): Promise<void> => {
    for (let name = missing.pop(); name !== undefined; name = missing.pop()) {
      const found = await from.read(name);
      if (found === undefined) throw gone(name);
      await to.put({ name, bytes: found });
      bytes += found.length;
      done += 1;
      onProgress(names.length - missing.length, names.length);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, copyNext));
  return { objects: names.length, copied: done, bytes, overlaid };
}

function gone(name: string): BailiwickError {
  return new BailiwickError('audit/archive-conflict', {
    message: `\`${name}\` went from the archive while it was copied`,
  });
}
