import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { holdJournal, openJournal, openJournalReader } from './index.ts';

const childProgram = join(import.meta.dirname, 'lock-child.ts');
const segmentBytes = 64 * 1024;
const children: ChildProcess[] = [];
const folders: string[] = [];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'journal-lock-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A process that writes the journal of this folder; it is there once its record is acknowledged. */
async function writerIn(folder: string, text: string, manners = 'polite'): Promise<ChildProcess> {
  const child = spawn(process.execPath, [childProgram, folder, text, manners], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  return child;
}

/** Its lock is free before we are told that it has ended. */
async function endOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode;
}

async function append(folder: string, text: string): Promise<void> {
  const journal = await openJournal({ folder, segmentBytes });
  await journal.append([
    { kind: 'leaf', tenant: 'main', retention: 'standard', bytes: Buffer.from(text) },
  ]);
  await journal.close();
}

const texts = (folder: string): string[] =>
  openJournalReader({ folder })
    .read(undefined, 100)
    .map(({ bytes }) => Buffer.from(bytes).toString());

describe('the lock of a journal', () => {
  it('ends a living orphan that writes the same journal, and loses nothing that it wrote [AUD-01]', async () => {
    const folder = newFolder();
    const orphan = await writerIn(folder, 'of the orphan');
    await append(folder, 'of its successor');
    expect(await endOf(orphan)).toBe('SIGTERM');
    expect(texts(folder)).toEqual(['of the orphan', 'of its successor']);
  });

  it('kills an orphan that is deaf to the wish, once its grace is over', async () => {
    const folder = newFolder();
    const orphan = await writerIn(folder, 'of the deaf', 'deaf');
    const before = performance.now();
    await append(folder, 'of its successor');
    expect(performance.now() - before).toBeGreaterThanOrEqual(limits.orphanGraceMs);
    expect(await endOf(orphan)).toBe('SIGKILL');
    expect(texts(folder)).toEqual(['of the deaf', 'of its successor']);
  });

  it('kills an orphan that was frozen: it would thaw behind the back of its successor', async () => {
    const folder = newFolder();
    const orphan = await writerIn(folder, 'of the frozen');
    orphan.kill('SIGSTOP');
    (await holdJournal({ folder, graceMs: 100 })).release();
    expect(await endOf(orphan)).toBe('SIGKILL');
  });

  it('is free at once when its process was killed, whatever name stands there', async () => {
    const folder = newFolder();
    const dead = await writerIn(folder, 'of the dead');
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    await append(folder, 'of its successor');
    expect(texts(folder)).toEqual(['of the dead', 'of its successor']);
  });

  it('signals nobody but the process that wrote its name while it held the lock', async () => {
    const folder = newFolder();
    const holder = await writerIn(folder, 'mine');
    const innocent = await writerIn(newFolder(), 'elsewhere');
    const name = readFileSync(join(folder, 'holder.lock'), 'utf8');
    const began = name.trim().split(' ')[1] ?? '';
    const recycled = `${innocent.pid} ${Number(began) - 1}`;
    for (const said of [recycled, `${process.pid} 1`, `${innocent.pid} `, 'nonsense', '']) {
      writeFileSync(join(folder, 'holder.lock'), said.padEnd(64));
      await expect(holdJournal({ folder, graceMs: 20 })).rejects.toMatchObject({
        code: 'store/locked',
      });
    }
    expect([holder.signalCode, innocent.signalCode]).toEqual([null, null]);
    expect([holder.exitCode, innocent.exitCode]).toEqual([null, null]);
  });

  it('is held once in one process too, and is given back when the journal is closed', async () => {
    const folder = newFolder();
    const journal = await openJournal({ folder, segmentBytes });
    await expect(openJournal({ folder, segmentBytes })).rejects.toMatchObject({
      code: 'store/locked',
    });
    await journal.close();
    await append(folder, 'later');
  });

  it('stays with who took it before the journal was opened', async () => {
    const folder = newFolder();
    const lock = await holdJournal({ folder });
    await (await openJournal({ folder, segmentBytes, lock })).close();
    await expect(holdJournal({ folder })).rejects.toMatchObject({ code: 'store/locked' });
    lock.release();
    (await holdJournal({ folder })).release();
  });
});
