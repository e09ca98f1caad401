import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { openJournal } from '#storage/journal/index.ts';
import { LogRatchet, readLogBreaks } from '#storage/ratchet/index.ts';
import { makeSigner } from '../../../test/conformance/tlog-memory-log.ts';
import { Integrator } from './integrator-core.ts';
import { openLogReaders } from './log-reader.ts';
import { admitLogs, isNameOf } from './succession.ts';

const signer = makeSigner();
const writer = 'gateway-1';
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'succession-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (...parts: string[]) => join(root, ...parts);
const place = () => ({
  journalFolder: at('data', 'journal'),
  logRoot: at('data', 'log'),
  writer,
  originPrefix: 'audit.example.com',
  ratchetFolder: at('keys'),
});
const logFolder = (name = writer) => at('data', 'log', 'main', 'standard', name);

/** One life of a writer: so many records, then its end; says how it was admitted. */
async function live(records: number, end: 'stop' | 'crash' = 'stop') {
  const succession = admitLogs({ ...place(), now: 0 });
  const journal = await openJournal({
    folder: place().journalFolder,
    segmentBytes: 64 * 1024,
  });
  const appended = Array.from({ length: records }, (_, n) => {
    const bytes = Buffer.from(`{"id":"${newId(0)}","n":${n}}`);
    return journal.append([{ kind: 'leaf', tenant: 'main', retention: 'standard', bytes }]);
  });
  await Promise.all(appended);
  await journal.close();
  if (records > 0 || succession.broken !== undefined) integrate(succession.name, end);
  return succession;
}

function integrate(name: string, end: 'stop' | 'crash'): void {
  const ratchet = LogRatchet.open(at('keys'), writer);
  if (ratchet === undefined) throw new Error('admitted');
  const integrator = Integrator.open({ ...place(), name, signer, ratchet });
  integrator?.integrate(1_000);
  integrator?.publish();
  if (end === 'stop') integrator?.close();
  else integrator?.abandon();
}

function sizes(): Record<string, number> {
  const logs = openLogReaders(place().logRoot, signer.publicKey, place().originPrefix);
  return Object.fromEntries(logs.map((log) => [log.writer, log.reader.head()?.size ?? 0]));
}

const remove = (...parts: string[]) => rmSync(at(...parts), { recursive: true });
const copy = (from: string, to: string) => cpSync(at(from), at(to), { recursive: true });
function putBack(part: string, from: string): void {
  remove('data', ...part.split('/'));
  copy(`${from}/${part}`, `data/${part}`);
}

describe('logs that extend what was signed', () => {
  it('go on under their name, over clean ends and crashes', async () => {
    expect(await live(300)).toMatchObject({ name: writer, unopened: true, broken: undefined });
    LogRatchet.open(at('keys'), writer)?.opened();
    expect(await live(300, 'crash')).toMatchObject({ name: writer, unopened: false });
    expect(await live(0)).toMatchObject({ name: writer, broken: undefined, rebuilt: [] });
    expect(sizes()).toEqual({ [writer]: 600 });
    expect(
      LogRatchet.open(at('keys'), writer)?.last(`audit.example.com/main/standard/${writer}`),
    ).toMatchObject({ size: 600 });
  });

  it('are taken over as they are when they are older than the ratchet', async () => {
    await live(10);
    // As a version without a ratchet left them.
    const plain = Integrator.open({ ...place(), signer });
    plain?.close();
    remove('keys');
    rmSync(join(logFolder(), 'writer-state'));
    remove('data', 'log');
    remove('data', 'journal', 'integrated');
    Integrator.open({ ...place(), signer })?.integrate(1_000);
    expect(await live(10)).toMatchObject({ name: writer, unopened: false, broken: undefined });
  });

  it('get a lost writer-state and checkpoint again from tiles and journal', async () => {
    await live(300, 'crash');
    rmSync(join(logFolder(), 'writer-state'));
    rmSync(join(logFolder(), 'checkpoint'));
    const origin = `audit.example.com/main/standard/${writer}`;
    expect(await live(50)).toMatchObject({ name: writer, broken: undefined, rebuilt: [origin] });
    expect(sizes()).toEqual({ [writer]: 350 });
  });

  it('get a lost checkpoint again', async () => {
    await live(300);
    rmSync(join(logFolder(), 'checkpoint'));
    expect(await live(50)).toMatchObject({ name: writer, broken: undefined });
    expect(sizes()).toEqual({ [writer]: 350 });
  });
});

describe('logs that do not extend what was signed', () => {
  async function twoLives(): Promise<void> {
    await live(300);
    copy('data', 'older');
    await live(400);
  }

  it.each([
    ['all of the data was put back', 'log-behind', () => (remove('data'), copy('older', 'data'))],
    ['an older log stands under a newer journal', 'log-behind', () => putBack('log', 'older')],
    ['the folder of the logs is gone', 'log-lost', () => remove('data', 'log')],
    [
      'the folder of the writer is gone',
      'log-lost',
      () => remove('data', 'log', 'main', 'standard', writer),
    ],
    ['the journal is gone', 'journal-lost', () => remove('data', 'journal')],
    ['the journal was put back', 'journal-lost', () => putBack('journal', 'older')],
    ['everything is gone', 'log-lost', () => remove('data')],
    ['the ratchet is gone', 'ratchet-lost', () => remove('keys')],
    ['ratchet and logs are gone', 'log-lost', () => (remove('keys'), remove('data', 'log'))],
  ])('are not signed on when %s', async (_, why, damage) => {
    await twoLives();
    damage();
    const left = existsSync(logFolder()) ? sizes()[writer] : undefined;
    const succession = await live(5);
    expect(succession.broken).toMatchObject({ why });
    expect(succession.name).not.toBe(writer);
    expect(isNameOf(succession.name, writer)).toBe(true);
    expect(sizes()[writer]).toBe(left);
    expect(sizes()[succession.name]).toBeGreaterThanOrEqual(5);
    expect(readLogBreaks(at('keys'))).toMatchObject([{ writer, id: succession.broken?.id, why }]);
    const next = await live(5);
    expect(next).toMatchObject({ name: succession.name, broken: succession.broken });
  });

  it('are named by what succeeds them, with size and root', async () => {
    await twoLives();
    putBack('log', 'older');
    const { broken } = await live(5);
    expect(broken?.before).toMatchObject([
      { origin: `audit.example.com/main/standard/${writer}`, size: 700 },
    ]);
  });

  it('lose no record that the journal still has, and repeat none that they hold', async () => {
    await twoLives();
    putBack('log', 'older');
    const { name } = await live(5);
    // 300 stand in the old log; 400 of the journal were only in the log that is gone.
    expect(sizes()).toEqual({ [writer]: 300, [name]: 405 });
  });

  it('can be succeeded more than once, each time under another name', async () => {
    const names = new Set([writer]);
    await live(20);
    for (let round = 0; round < 3; round += 1) {
      remove('data', 'log');
      const { name } = await live(20);
      expect(names.has(name)).toBe(false);
      names.add(name);
    }
    expect(readdirSync(at('keys'))).toEqual(['gateway-1.ratchet']);
  });

  it('are not begun anew over a damaged ratchet: a person has to look', async () => {
    await live(20);
    writeFileSync(at('keys', 'gateway-1.ratchet'), 'bailiwick ratchet 1\n{}\nno\n');
    expect(() => admitLogs({ ...place(), now: 0 })).toThrow(
      expect.objectContaining({ code: 'store/keys-unreadable' }),
    );
  });
});
