import { createPrivateKey } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keyringSuite } from '#contracts/keyring.suite.ts';
import { createFileKeyring, type FileKeyring, isInside } from './index.ts';

const roots: string[] = [];
function newRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'keyring-'));
  roots.push(root);
  return root;
}
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

keyringSuite('a folder of files', () => {
  const folder = join(newRoot(), 'keys');
  return { open: () => createFileKeyring({ folder }) };
});

const unreadable = { code: 'store/keys-unreadable' };

async function filled(): Promise<{ folder: string; data: string; keyring: FileKeyring }> {
  const root = newRoot();
  const folder = join(root, 'keys');
  const data = join(root, 'data');
  const keyring = await createFileKeyring({ folder, data });
  await keyring.signer('log');
  await keyring.wrapper('vault');
  return { folder, data, keyring };
}

async function useAll(folder: string, data?: string): Promise<void> {
  const keyring = await createFileKeyring({ folder, ...(data === undefined ? {} : { data }) });
  await keyring.signer('log');
  await keyring.wrapper('vault');
}

describe('keys in a folder', () => {
  it('are readable by their owner only', async () => {
    const { folder } = await filled();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder).sort()).toEqual([
      'keyring.json',
      'master.key',
      'signer.log.key',
      'wrapper.vault.key',
    ]);
    for (const name of readdirSync(folder))
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  it.each(['master.key', 'keyring.json', 'signer.log.key', 'wrapper.vault.key'])(
    'are refused, not made anew, when `%s` is gone, damaged, empty or open to others',
    async (name) => {
      const { folder } = await filled();
      const path = join(folder, name);
      const good = readFileSync(path);
      const before = readdirSync(folder).sort();
      const flipped = Buffer.from(good);
      flipped[good.length - 5] = (flipped[good.length - 5] ?? 0) ^ 1;
      for (const bad of [flipped, Buffer.alloc(0), good.subarray(0, -3)]) {
        writeFileSync(path, bad);
        await expect(useAll(folder)).rejects.toMatchObject(unreadable);
      }
      rmSync(path);
      await expect(useAll(folder)).rejects.toMatchObject(unreadable);
      expect(existsSync(path)).toBe(false);
      writeFileSync(path, good, { mode: 0o600 });
      chmodSync(path, 0o640);
      await expect(useAll(folder)).rejects.toMatchObject(unreadable);
      chmodSync(path, 0o600);
      await useAll(folder);
      expect(readdirSync(folder).sort()).toEqual(before);
    },
  );

  it('are refused when the folder is another, or empty, though the data remembers its keys', async () => {
    const { folder, data } = await filled();
    const other = await filled();
    await useAll(folder, data);
    await expect(useAll(other.folder, data)).rejects.toMatchObject(unreadable);
    const empty = join(newRoot(), 'keys');
    await expect(useAll(empty, data)).rejects.toMatchObject(unreadable);
    expect(existsSync(empty)).toBe(false);
  });

  it('are refused when they were swapped or renamed, or their inventory is another one', async () => {
    const { folder, keyring } = await filled();
    const other = await filled();
    cpSync(join(other.folder, 'signer.log.key'), join(folder, 'signer.log.key'));
    await expect(useAll(folder)).rejects.toMatchObject(unreadable);
    const fresh = await filled();
    await (await createFileKeyring({ folder: fresh.folder })).signer('second');
    renameSync(join(fresh.folder, 'signer.second.key'), join(fresh.folder, 'signer.log.key'));
    await expect(useAll(fresh.folder)).rejects.toMatchObject(unreadable);
    cpSync(join(other.folder, 'keyring.json'), join(folder, 'keyring.json'));
    await expect(keyring.signer('new')).rejects.toMatchObject(unreadable);
  });

  it('goes on with a key whose making was cut short by a crash', async () => {
    const { folder } = await filled();
    const inventory = readFileSync(join(folder, 'keyring.json'));
    const before = await (await createFileKeyring({ folder })).signer('late');
    writeFileSync(join(folder, 'keyring.json'), inventory);
    writeFileSync(join(folder, 'keyring.lock'), '999999999');
    const after = await (await createFileKeyring({ folder })).signer('late');
    expect(Buffer.from(after.publicKey)).toEqual(Buffer.from(before.publicKey));
    expect(existsSync(join(folder, 'keyring.lock'))).toBe(false);
  });

  it('takes no name that could leave the folder', async () => {
    const { keyring } = await filled();
    for (const name of ['', '../x', 'a/b', 'A', '.a', 'a..b', 'x'.repeat(65)]) {
      await expect(keyring.signer(name)).rejects.toMatchObject(unreadable);
    }
  });

  it('gives the bytes of a signer for the thread that signs checkpoints', async () => {
    const { keyring } = await filled();
    const once = await keyring.signerKeyPkcs8('log');
    const again = await keyring.signerKeyPkcs8('log');
    once.fill(0);
    expect(again.some((byte) => byte !== 0)).toBe(true);
    expect((await keyring.signer('log')).publicKey).toHaveLength(32);
  });
});

describe('the key of second signatures', () => {
  it('is one of its own, the same whenever it is asked for, and missed when it is gone', async () => {
    const { folder, keyring } = await filled();
    expect(readdirSync(folder)).not.toContain('second-signer.log.key');
    const made = await keyring.secondKeyPkcs8('log');
    expect(made.equals(await keyring.signerKeyPkcs8('log'))).toBe(false);
    const key = createPrivateKey({ key: made, format: 'der', type: 'pkcs8' });
    expect(key.asymmetricKeyType).toBe('ml-dsa-44');
    const again = await createFileKeyring({ folder });
    expect((await again.secondKeyPkcs8('log')).equals(made)).toBe(true);
    const path = join(folder, 'second-signer.log.key');
    expect(readFileSync(path).includes(made.subarray(-32))).toBe(false);
    rmSync(path);
    await expect(again.secondKeyPkcs8('log')).rejects.toMatchObject(unreadable);
  });
});

describe('keys and the data that they protect', () => {
  it.each(['store', 'journal', 'log'])(
    'are not made anew for data with a `%s` that has used others',
    async (part) => {
      const root = newRoot();
      mkdirSync(join(root, 'data', part), { recursive: true });
      const given = { folder: join(root, 'keys'), data: join(root, 'data') };
      await expect(createFileKeyring(given)).rejects.toMatchObject(unreadable);
      expect(existsSync(join(root, 'keys', 'master.key'))).toBe(false);
    },
  );

  it('are refused when they went missing, also when nobody but a gateway starts', async () => {
    const { folder, data } = await filled();
    rmSync(folder, { recursive: true });
    mkdirSync(folder, { mode: 0o700 });
    await expect(createFileKeyring({ folder, data })).rejects.toMatchObject(unreadable);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are kept apart, whatever links lead from one to the other', async () => {
    const root = newRoot();
    mkdirSync(join(root, 'data', 'inside'), { recursive: true, mode: 0o700 });
    symlinkSync(join(root, 'data', 'inside'), join(root, 'link'));
    symlinkSync(root, join(root, 'data', 'out'));
    const data = join(root, 'data');
    for (const folder of [
      join(root, 'link'),
      join(root, 'link', 'deeper'),
      join(data, 'keys'),
      data,
    ]) {
      await expect(createFileKeyring({ folder, data })).rejects.toMatchObject(unreadable);
    }
    expect(isInside(data, join(data, 'out', 'keys'))).toBe(false);
    expect(isInside(data, join(root, 'data-of-another'))).toBe(false);
  });
});
