import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import {
  isStill,
  isThisProcess,
  type KnownProcess,
  readHolder,
  send,
  thisProcess,
  writeHolder,
} from './holder.ts';

/** Held by the one writer of a journal, from before it reads anything until it has written all. */
export interface JournalLock {
  release(): void;
}

export interface HoldOptions {
  readonly folder: string;
  /** How long a writer that was asked to end is waited for before it is killed. */
  readonly graceMs?: number;
  /** How long a holder that cannot be ended is waited for. */
  readonly patienceMs?: number;
}

const pollMs = 10;
/** INVARIANT: a lock lives as long as its connection, so a held one is never left to the collector. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock of a journal: a lock of the operating system, so it dies with its process however
 * that ends. Who still holds it is the writer of an earlier life whose supervisor died (the
 * supervisor's own lock keeps everybody else away): it is asked to end and, when it does not, killed.
 * INVARIANT: nobody is signalled but the very process that wrote its name while it held this lock.
 */
export async function holdJournal(options: HoldOptions): Promise<JournalLock> {
  const { folder, graceMs = limits.orphanGraceMs, patienceMs = 4 * graceMs } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const started = performance.now();
  let asked: KnownProcess | undefined;
  for (;;) {
    const lock = tryLock(folder);
    if (lock !== undefined) {
      writeHolder(folder, thisProcess());
      return lock;
    }
    const holder = readHolder(folder);
    const waited = performance.now() - started;
    const isOurs = holder !== undefined && isThisProcess(holder);
    if (isOurs || waited > patienceMs) throw inUse(folder, holder);
    if (holder !== undefined && isStill(holder)) {
      if (asked?.pid !== holder.pid) send(holder, 'SIGTERM');
      else if (waited > graceMs) send(holder, 'SIGKILL');
      asked = holder;
    }
    await sleep(pollMs);
  }
}

function tryLock(folder: string): JournalLock | undefined {
  const database = new DatabaseSync(join(folder, 'writer.lock'), { timeout: 0 });
  try {
    // Nothing is ever stored in it: in memory, so that no other file appears beside it.
    database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (fault) {
    database.close();
    if (isBusy(fault)) return undefined;
    throw fault;
  }
  held.add(database);
  return {
    release() {
      if (!held.delete(database)) return;
      database.close();
    },
  };
}

const sqliteBusy = 5;

function isBusy(fault: unknown): boolean {
  return fault instanceof Error && 'errcode' in fault && fault.errcode === sqliteBusy;
}

function inUse(folder: string, holder: KnownProcess | undefined): BailiwickError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}`;
  return new BailiwickError('store/locked', {
    message: `the write-ahead file \`${folder}\` is in use by ${who}`,
    suggestedAction: 'end that process, then start again',
  });
}
