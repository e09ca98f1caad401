import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { DestroyedTenantKey, TenantKeys } from '#contracts/tenant-keys.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import {
  hasCode,
  keysUnreadable,
  openPrivateFolder,
  readPrivate,
  writePrivateNew,
} from './files.ts';
import { openWrapper } from './wrapper.ts';

const keyBytes = 32;
const tenantName = /^[a-z0-9][a-z0-9-]{0,63}$/;
const mark = z.strictObject({ record: z.string().min(1), at: z.number().int() });

/** A file for each tenant, wrapped by a key of the keyring; and a mark in the place of one that was destroyed. */
export function openTenantKeys(parts: {
  readonly folder: string;
  readonly wrapper: KeyringWrapper;
}): TenantKeys {
  const { folder, wrapper } = parts;
  const pathOf = (tenant: string, what: 'key' | 'destroyed') => {
    if (!tenantName.test(tenant)) throw keysUnreadable(`\`${tenant}\` cannot name a tenant`);
    return join(folder, `${tenant}.${what}`);
  };
  const destroyed = (tenant: string): DestroyedTenantKey | undefined => {
    const bytes = readPrivate(pathOf(tenant, 'destroyed'));
    return bytes && mark.parse(parseJson(bytes));
  };
  const keyOf = (tenant: string): Buffer => {
    const gone = destroyed(tenant);
    if (gone !== undefined) throw erased(gone);
    openPrivateFolder(folder);
    const path = pathOf(tenant, 'key');
    const context = `key of tenant\n${tenant}`;
    const wrapped = readPrivate(path) ?? makeKey(path, wrapper, context);
    return wrapper.unwrap(wrapped, context);
  };
  return {
    wrapper: (tenant) => openWrapper(`tenant ${tenant}`, keyOf(tenant)),
    mac(tenant, text) {
      const key = keyOf(tenant);
      const own = Buffer.from(hkdfSync('sha256', key, '', 'bailiwick keyed digest', keyBytes));
      key.fill(0);
      const made = createHmac('sha256', own).update(text).digest('hex');
      own.fill(0);
      return made;
    },
    destroyed,
    destroy({ tenant, record, at }) {
      const isFirst = destroyed(tenant) === undefined;
      openPrivateFolder(folder);
      // INVARIANT: the mark first. A crash behind it leaves a file that nobody opens, and that goes the next time.
      const text = canonicalText({ record, at });
      if (isFirst) writePrivateNew(pathOf(tenant, 'destroyed'), Buffer.from(text, 'utf8'));
      wipe(pathOf(tenant, 'key'));
      return isFirst;
    },
  };
}

function erased({ record, at }: DestroyedTenantKey): BailiwickError {
  return new BailiwickError('audit/erased', {
    message: 'the key of this tenant was destroyed: nobody can open anything that was sealed of it',
    details: { record, at: isoTime(at) },
  });
}

/** Another process may make it at the same time: then there is one already. */
function makeKey(path: string, wrapper: KeyringWrapper, context: string): Buffer {
  const key = randomBytes(keyBytes);
  try {
    writePrivateNew(path, wrapper.wrap(key, context));
  } catch (fault) {
    const made = readPrivate(path);
    if (made === undefined) throw fault;
    return made;
  } finally {
    key.fill(0);
  }
  return readPrivate(path) ?? gone(path);
}

function gone(path: string): never {
  throw keysUnreadable(`\`${path}\` is gone again`);
}

/** Its bytes are written over before its name goes; a disk that copies on write may keep them all the same. */
function wipe(path: string): void {
  try {
    const file = fs.openSync(path, 'r+');
    try {
      fs.writeSync(file, randomBytes(fs.fstatSync(file).size), 0);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.rmSync(path);
  } catch (fault) {
    if (!hasCode(fault, 'ENOENT')) throw fault;
  }
}
