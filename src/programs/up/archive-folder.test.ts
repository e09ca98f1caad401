import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkArchiveFolder } from './archive-folder.ts';

it('a start without the folder of its archive is refused, with what to type', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archive-'));
  const archive = join(folder, 'mnt');
  const refused = expect.objectContaining({
    code: 'config/unreadable',
    message: expect.stringContaining(archive) as string,
    suggestedAction: `mount it, or make it: \`mkdir -p -m 700 ${archive}\``,
  });
  expect(() => checkArchiveFolder(archive)).toThrow(refused);
  writeFileSync(archive, 'a file');
  expect(() => checkArchiveFolder(archive)).toThrow(refused);
  rmSync(archive);
  mkdirSync(archive);
  for (const one of [archive, undefined, 's3://records.example/bucket']) checkArchiveFolder(one);
  rmSync(folder, { recursive: true });
});
