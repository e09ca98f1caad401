import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import { askForCut, type CutServer, serveCuts } from './cut-line.ts';

let root = '';
let server: CutServer;
let seen: { begun: number; ended: number; taken: JsonObject[]; isWhole: boolean; fails: boolean };
const path = () => join(root, 'backup.sock');

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'bailiwick-line-'));
  seen = { begun: 0, ended: 0, taken: [], isWhole: true, fails: false };
  const begin = async () => {
    if (seen.begun > seen.ended) throw new BailiwickError('store/locked', { message: 'taken' });
    seen.begun += 1;
    const mine = seen.begun;
    const end = async () => {
      seen.ended = Math.max(seen.ended, mine);
      return seen.isWhole;
    };
    return { files: [{ name: 'store/system.sqlite', bytes: 7 }], end };
  };
  const taken = async (facts: JsonObject) => {
    if (seen.fails) throw new BailiwickError('audit/unavailable');
    seen.taken.push(facts);
  };
  server = await serveCuts({ path: path(), cuts: { begin }, taken });
});
afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const asked = async () => {
  const held = await askForCut(path());
  if (held === undefined) throw new Error('nobody answers');
  return held;
};

describe('whoever takes a backup of what runs', () => {
  it('is told of one cut at a time, and what was taken is on record before they hear of it', async () => {
    const held = await asked();
    expect(held.files).toEqual([{ name: 'store/system.sqlite', bytes: 7 }]);
    await expect(askForCut(path())).rejects.toMatchObject({ code: 'store/locked' });
    await held.read();
    expect(seen.ended).toBe(1);
    await held.taken({ files: 3 });
    expect(seen.taken).toEqual([{ files: 3 }]);
    held.close();
  });

  it('hears that it is worth nothing where the store was written to, or nothing is on record', async () => {
    seen.isWhole = false;
    const broken = await asked();
    await expect(broken.read()).rejects.toMatchObject({ code: 'store/locked' });
    broken.close();
    await expect.poll(() => seen.ended).toBe(1);
    seen.fails = true;
    const unrecorded = await asked();
    await expect(unrecorded.taken({})).rejects.toMatchObject({ code: 'audit/unavailable' });
  });

  it('ends its cut by going away, and one that says too much or nothing that is known is gone', async () => {
    (await asked()).close();
    await expect.poll(() => seen.ended).toBe(1);
    // The last one ends no line.
    for (const line of ['{"other":1}\n', 'no json\n', 'x'.repeat(100_000)]) {
      const before = seen.ended;
      const socket = connect(path());
      socket.on('error', () => undefined);
      socket.write(line);
      await expect.poll(() => seen.ended).toBe(before + 1);
      socket.destroy();
    }
  });

  it('finds nobody where no instance listens, and the instance that ends tells them', async () => {
    const held = await asked();
    await server.close();
    await expect(held.read()).rejects.toMatchObject({ code: 'store/locked' });
    await expect.poll(() => seen.ended).toBe(1);
    expect(await askForCut(join(root, 'none.sock'))).toBeUndefined();
  });
});
