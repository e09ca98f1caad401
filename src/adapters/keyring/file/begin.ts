import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  keysUnreadable,
  openPrivateFolder,
  readPrivate,
  writePrivate,
  writePrivateNew,
} from './files.ts';
import { decodeInventory, encodeInventory, type Inventory } from './inventory.ts';

export const inventoryName = 'keyring.json';
const masterName = 'master.key';
const bindingName = 'keyring-id';
const masterBytes = 32;

export function readBinding(data: string): string | undefined {
  const path = join(data, bindingName);
  if (!existsSync(path)) return undefined;
  const id = readPrivate(path)?.toString('latin1').trim() ?? '';
  if (!/^[0-9a-f]{32}$/u.test(id)) throw keysUnreadable(`\`${path}\` is damaged`);
  return id;
}

export function writeBinding(data: string, id: string): void {
  openPrivateFolder(data);
  writePrivate(join(data, bindingName), Buffer.from(`${id}\n`, 'latin1'));
}

export interface Opened {
  readonly master: Buffer;
  readonly inventory: Inventory;
}

export function openOrBegin(folder: string): Opened {
  const path = join(folder, inventoryName);
  const bytes = readPrivate(path);
  const master = readMaster(folder);
  if (bytes !== undefined) {
    if (master === undefined) throw keysUnreadable(`\`${masterName}\` is missing in \`${folder}\``);
    return { master, inventory: decodeInventory(bytes, master, path) };
  }
  // INVARIANT: key files without their inventory are a loss to look at, never a fresh start.
  if (readdirSync(folder).some((name) => /^(signer|wrapper|second-signer)\..*\.key$/u.test(name))) {
    throw keysUnreadable(
      `\`${inventoryName}\` is missing in \`${folder}\`, but its keys are there`,
    );
  }
  return begin(folder, master);
}

/** The master key comes first: an inventory is never there without the key that it is bound to. */
function begin(folder: string, found: Buffer | undefined): Opened {
  const master = found ?? randomBytes(masterBytes);
  if (found === undefined) {
    const text = `bailiwick master key 1\n${master.toString('base64')}\n`;
    writePrivateNew(join(folder, masterName), Buffer.from(text, 'latin1'));
  }
  const inventory: Inventory = { version: 1, id: randomBytes(16).toString('hex'), keys: [] };
  writePrivateNew(join(folder, inventoryName), encodeInventory(inventory, master));
  return { master, inventory };
}

function readMaster(folder: string): Buffer | undefined {
  const bytes = readPrivate(join(folder, masterName));
  if (bytes === undefined) return undefined;
  const encoded = /^bailiwick master key 1\n([A-Za-z0-9+/]{43}=)\n$/u.exec(
    bytes.toString('latin1'),
  );
  const master = Buffer.from(encoded?.[1] ?? '', 'base64');
  if (master.length !== masterBytes)
    throw keysUnreadable(`\`${masterName}\` in \`${folder}\` is damaged`);
  return master;
}
