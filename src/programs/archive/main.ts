import { mkdir } from 'node:fs/promises';
import { isArchiveUrl } from '#contracts/archive-place.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { copyArchive } from '#planes/audit/index.ts';
import { archiveAt } from '../archive-at.ts';

/**
 * `URL DIR`: an archive that lies in a store of objects, brought to a folder that verifiers read. Started by the command
 * line, which knows no store; says each thing in a line of JSON.
 */
const [place = '', folder = ''] = process.argv.slice(2);

function say(line: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

try {
  if (!isArchiveUrl(place)) throw new BailiwickError('cli/usage', { message: 'name a URL' });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const from = await archiveAt(place);
  const to = await archiveAt(folder);
  say({ done: await copyArchive({ from, to }, (done, of) => say({ progress: { done, of } })) });
} catch (fault) {
  const known =
    fault instanceof BailiwickError
      ? fault
      : new BailiwickError('gateway/internal', { cause: fault });
  const { code, message, suggestedAction } = known;
  say({ failed: { code, message, suggestedAction } });
  process.exitCode = 1;
}
