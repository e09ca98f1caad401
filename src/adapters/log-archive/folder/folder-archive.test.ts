import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { logArchiveSuite } from '#contracts/log-archive.suite.ts';
import { openFolderArchive } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'bailiwick-archive-'));
let count = 0;
const folder = (): string => {
  count += 1;
  const path = join(root, String(count));
  mkdirSync(path);
  return path;
};
afterAll(() => rmSync(root, { recursive: true, force: true }));

logArchiveSuite('a folder', async () => {
  const path = folder();
  return { open: async () => openFolderArchive(path) };
});

const bytes = Buffer.from('x');

describe('an archive in a folder', () => {
  it('makes no root of its own: a disk that is not there is away, not empty', async () => {
    const archive = openFolderArchive(join(root, 'not-mounted'));
    const fault = { code: 'audit/archive-unavailable' };
    await expect(archive.put({ name: 'a', bytes })).rejects.toMatchObject(fault);
    await expect(archive.list('')).rejects.toMatchObject(fault);
    expect(readdirSync(root)).not.toContain('not-mounted');
  });

  it('leaves files that nobody may write, and nothing half written under a name', async () => {
    const path = folder();
    const archive = openFolderArchive(path);
    await archive.put({ name: 'a/b', bytes });
    expect(statSync(join(path, 'a/b')).mode & 0o777).toBe(0o400);
    writeFileSync(join(path, '.incoming', 'left by a crash'), 'hal');
    expect(await archive.list('')).toEqual(['a/b']);
  });

  it('takes away what a killed run left there, once it is old, and nothing that somebody is putting', async () => {
    const path = folder();
    mkdirSync(join(path, '.incoming'));
    for (const name of ['old', 'new']) writeFileSync(join(path, '.incoming', name), 'hal');
    const yesterday = Date.now() / 1_000 - 86_400;
    utimesSync(join(path, '.incoming', 'old'), yesterday, yesterday);
    await openFolderArchive(path).put({ name: 'a/b', bytes });
    expect(readdirSync(join(path, '.incoming'))).toEqual(['new']);
  });

  it('says that it is away when it takes nothing, and takes it again afterwards', async () => {
    const path = folder();
    const archive = openFolderArchive(path);
    // A file where a folder is needed refuses root too, which no mode of a folder does.
    writeFileSync(join(path, '.incoming'), '');
    await expect(archive.put({ name: 'a', bytes })).rejects.toMatchObject({
      code: 'audit/archive-unavailable',
    });
    chmodSync(join(path, '.incoming'), 0o600);
    rmSync(join(path, '.incoming'));
    expect(await archive.put({ name: 'a', bytes })).toBe('stored');
  });
});
