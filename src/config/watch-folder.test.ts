import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFolderWatch, folderMark } from './watch-folder.ts';

describe('a look at a folder of documents', () => {
  let mark: string;
  let applied: string[];
  let outcome: 'tried' | 'again';

  beforeEach(() => {
    mark = 'a';
    applied = [];
    outcome = 'tried';
  });

  const watch = () =>
    createFolderWatch({
      loaded: 'a',
      mark: async () => mark,
      apply: async (isSame) => {
        applied.push(`${mark} ${await isSame()}`);
        return outcome;
      },
    });

  it('applies what has changed once it has stood still for a look, and only once', async () => {
    const { look } = watch();
    await look();
    mark = 'b';
    await look();
    expect(applied).toEqual([]);
    await look();
    await look();
    expect(applied).toEqual(['b true']);
  });

  it('leaves alone what is still being written', async () => {
    const { look } = watch();
    for (const next of ['b', 'c', 'd']) {
      mark = next;
      await look();
    }
    expect(applied).toEqual([]);
    await look();
    expect(applied).toEqual(['d true']);
  });

  it('tries again what could not be tried, and what was put back is applied too', async () => {
    const { look } = watch();
    outcome = 'again';
    mark = 'b';
    await look();
    await look();
    await look();
    outcome = 'tried';
    await look();
    await look();
    expect(applied).toEqual(['b true', 'b true', 'b true']);
    mark = 'a';
    await look();
    await look();
    expect(applied).toHaveLength(4);
  });

  it('tries again what stands beside other documents, once', async () => {
    const { look, again } = watch();
    await look();
    expect(applied).toEqual([]);
    again();
    await look();
    await look();
    expect(applied).toEqual(['a true']);
  });
});

describe('the mark of a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mark-'));
    mkdirSync(join(folder, 'inner'));
    writeFileSync(join(folder, 'inner', 'a.yaml'), 'kind: Agent');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is another one after each change of a document, also one that keeps size and time', async () => {
    const file = join(folder, 'inner', 'a.yaml');
    const marks = [await folderMark(folder)];
    writeFileSync(file, 'kind: Agenz');
    utimesSync(file, 1, 1);
    marks.push(await folderMark(folder));
    writeFileSync(join(folder, 'beside'), 'kind: Agent');
    renameSync(join(folder, 'beside'), file);
    marks.push(await folderMark(folder));
    writeFileSync(join(folder, 'b.yml'), '');
    marks.push(await folderMark(folder));
    rmSync(folder, { recursive: true });
    marks.push(await folderMark(folder));
    expect(new Set(marks).size).toBe(marks.length);
  });

  it('is another one when what its links lead to is exchanged, as Kubernetes does it', async () => {
    for (const [at, name] of ['..1', '..2'].entries()) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'c.yaml'), `kind: Agent # ${at}`);
      utimesSync(join(folder, name, 'c.yaml'), 1, 1);
    }
    symlinkSync('..1', join(folder, '..data'));
    symlinkSync('..data/c.yaml', join(folder, 'c.yaml'));
    const before = await folderMark(folder);
    expect(await folderMark(folder)).toBe(before);
    symlinkSync('..2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    expect(await folderMark(folder)).not.toBe(before);
  });

  it('stays the same over what is no document', async () => {
    const before = await folderMark(folder);
    writeFileSync(join(folder, '.a.yaml.swp'), 'half');
    writeFileSync(join(folder, 'notes.txt'), 'later');
    expect(await folderMark(folder)).toBe(before);
  });
});
