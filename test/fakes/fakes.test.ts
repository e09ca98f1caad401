import { describe, expect, it } from 'vitest';
import { journalSuite } from '#contracts/journal.suite.ts';
import type { JournalFrame } from '#contracts/journal.ts';
import { keyringSuite } from '#contracts/keyring.suite.ts';
import { FakeJournal } from './fake-journal.ts';
import { FakeKeyring } from './fake-keyring.ts';

journalSuite('the fake journal', () => {
  const journal = new FakeJournal();
  return { open: async () => journal.reopen(), reader: () => journal.reader() };
});

keyringSuite('the fake keyring', () => {
  const keyring = new FakeKeyring();
  return { open: async () => keyring };
});

const leaf = (text: string): JournalFrame => ({
  kind: 'leaf',
  tenant: 'main',
  retention: 'standard',
  bytes: Buffer.from(text),
});

describe('the fake journal', () => {
  it('answers nobody while it hangs, and shows nothing', async () => {
    const journal = new FakeJournal();
    journal.hang();
    let answered = false;
    const waiting = journal.append([leaf('a')]).then(() => {
      answered = true;
    });
    await Promise.resolve();
    expect(answered).toBe(false);
    expect(journal.leaves).toEqual([]);
    journal.resume();
    await waiting;
    expect(journal.leaves).toEqual(['a']);
  });

  it('refuses what waited and what comes after once it failed', async () => {
    const journal = new FakeJournal();
    journal.hang();
    const waiting = journal.append([leaf('a')]);
    journal.fail();
    journal.resume();
    await expect(waiting).rejects.toMatchObject({ code: 'audit/journal-failed' });
    await expect(journal.append([leaf('b')])).rejects.toMatchObject({
      code: 'audit/journal-failed',
    });
    expect(journal.healthy).toBe(false);
    expect(journal.leaves).toEqual([]);
  });
});
