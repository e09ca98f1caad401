import {
  chmodSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#kernel/ids.ts';
import { loginFolder, readLoginAnswer, writeLoginAsk } from '../../../../sdk/login-file.ts';
import { openLoginDrop } from './index.ts';

let keys: string;
beforeEach(() => (keys = mkdtempSync(join(tmpdir(), 'keys-'))));
afterEach(() => rmSync(keys, { recursive: true, force: true }));

const taken = (drop: ReturnType<typeof openLoginDrop>) =>
  drop.take(0).map(({ text }) => Buffer.from(text).toString());

describe('the folder in which the owner of the keys asks', () => {
  it('gives each request once, with the user who wrote it, and takes an answer back', () => {
    const drop = openLoginDrop(loginFolder(keys));
    const id = newId(1);
    writeLoginAsk(keys, id, '{"a":1}');
    expect(drop.take(0)).toMatchObject([{ id, uid: process.getuid?.() }]);
    expect(drop.take(0)).toEqual([]);
    expect(readLoginAnswer(keys, id)).toBeUndefined();
    drop.answer(id, 'yes');
    expect(Buffer.from(readLoginAnswer(keys, id) ?? []).toString()).toBe('yes');
  });

  it('takes no link, nothing that others may read or write, nothing large, and leaves none of it', () => {
    const drop = openLoginDrop(loginFolder(keys));
    const file = () => join(loginFolder(keys), `${newId(1)}.ask`);
    const real = join(keys, 'real');
    writeFileSync(real, '{}', { mode: 0o600 });
    symlinkSync(real, file());
    linkSync(real, file());
    writeFileSync(file(), 'x'.repeat(5_000), { mode: 0o600 });
    const open = file();
    writeFileSync(open, '{}');
    chmodSync(open, 0o644);
    expect(taken(drop)).toEqual([]);
    expect(readdirSync(loginFolder(keys))).toEqual([]);
  });

  it('clears what was left behind, and nothing that is still waited for', () => {
    const drop = openLoginDrop(loginFolder(keys));
    const [old, fresh] = [newId(1), newId(2)];
    for (const [id, seconds] of [
      [old, 100],
      [fresh, 300],
    ] as const) {
      drop.answer(id, '{}');
      writeFileSync(join(loginFolder(keys), `${id}.ask.new`), '{');
      for (const what of ['answer', 'ask.new']) {
        utimesSync(join(loginFolder(keys), `${id}.${what}`), seconds, seconds);
      }
    }
    drop.keepLast('{}');
    drop.take(200_000);
    expect(readdirSync(loginFolder(keys)).sort()).toEqual(
      [`${fresh}.answer`, `${fresh}.ask.new`, 'last'].sort(),
    );
  });

  it('proves nothing once others may write into it', () => {
    const drop = openLoginDrop(loginFolder(keys));
    chmodSync(loginFolder(keys), 0o777);
    writeLoginAsk(keys, newId(1), '{}');
    expect(taken(drop)).toEqual([]);
  });
});
