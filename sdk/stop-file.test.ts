import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeStopFile, keepStopRoom, readStopFileText } from './stop-file.ts';

let data = '';
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'bailiwick-stop-file-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const lines = () => (readStopFileText(data) ?? 'none').trim().split('\n');
const add = (line: string) => changeStopFile(data, (text) => `${(text ?? '').trim()}\n${line}\n`);

describe('the file of the stop', () => {
  it('is changed by many at once, and no change is lost', async () => {
    const wanted = Array.from({ length: 20 }, (_, at) => `agent a${at}`);
    await Promise.all(wanted.map(add));
    expect(lines().sort()).toEqual([...wanted].sort());
    expect(readdirSync(data).sort()).toEqual(['stop', 'stop.room']);
  });

  it('goes whole, and what it took up lies ready for the next', async () => {
    await add('all');
    await changeStopFile(data, () => undefined);
    expect(readStopFileText(data)).toBeUndefined();
    expect(readdirSync(data)).toEqual(['stop.room']);
    await changeStopFile(data, () => undefined);
    await add('agent b');
    expect(lines()).toEqual(['agent b']);
  });

  it('is written into room that was put aside, and is larger than that when it has to be', async () => {
    expect(keepStopRoom(data)).toBe(true);
    const room = statSync(join(data, 'stop.room'));
    expect(room.blocks * 512).toBeGreaterThanOrEqual(room.size);
    await add('agent b');
    expect(statSync(join(data, 'stop')).ino).toBe(room.ino);
    const many = Array.from({ length: 2_000 }, (_, at) => `agent many-${at}`);
    await changeStopFile(data, () => many.join('\n'));
    expect(lines()).toEqual(many);
  });

  it('stays as it was when the change is refused', async () => {
    await add('agent b');
    const refused = changeStopFile(data, () => {
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    expect(lines()).toEqual(['agent b']);
    await add('agent c');
    expect(lines()).toEqual(['agent b', 'agent c']);
  });

  it('waits for nobody who died', async () => {
    writeFileSync(join(data, 'stop.lock'), '');
    await add('all');
    expect(readFileSync(join(data, 'stop'), 'utf8')).toContain('all');
  });

  it('can be read and written by its owner only', async () => {
    await add('all');
    expect(statSync(join(data, 'stop')).mode & 0o777).toBe(0o600);
  });
});
