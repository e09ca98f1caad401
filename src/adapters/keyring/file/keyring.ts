import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Keyring, KeyringSigner, KeyringWrapper } from '#contracts/keyring.ts';
import type { TenantKeys } from '#contracts/tenant-keys.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { type Clock, isoTime, systemClock } from '#kernel/time.ts';
import {
  keysUnreadable,
  openPrivateFolder,
  readPrivate,
  writePrivate,
  writePrivateNew,
} from './files.ts';
import {
  decodeInventory,
  encodeInventory,
  type Inventory,
  type KeyKind,
  wrapperCheck,
} from './inventory.ts';
import { withLock } from './lock.ts';
import { isInside } from './apart.ts';
import { inventoryName, openOrBegin, readBinding, writeBinding } from './begin.ts';
import { seal, unseal } from './seal.ts';
import { openTenantKeys } from './tenant-keys.ts';
import { openWrapper } from './wrapper.ts';

export interface FileKeyringOptions {
  /** Outside the data folder. */
  readonly folder: string;
  /**
   * The data folder that these keys belong to. It remembers the keyring's id, so that an empty or a
   * foreign folder of keys is refused instead of being filled with new keys.
   */
  readonly data?: string;
  readonly clock?: Clock;
}

export interface FileKeyring extends Keyring {
  /** Names this keyring; no secret. */
  readonly id: string;
  /** PKCS#8 DER of a signer, for the thread that signs checkpoints. The caller wipes its copy. */
  signerKeyPkcs8(name: string): Promise<Buffer>;
  /** The same of an ML-DSA-44 key, which signs behind the first where that was asked for; made on first use. */
  secondKeyPkcs8(name: string): Promise<Buffer>;
  /** In a folder of their own, so that a backup of the keys need not have them. */
  tenants(): Promise<TenantKeys>;
}

const lockName = 'keyring.lock';

/** Opens or begins a keyring. Anything that does not fit together is `store/keys-unreadable`. */
export async function createFileKeyring(options: FileKeyringOptions): Promise<FileKeyring> {
  const { folder, data } = options;
  if (data !== undefined && isInside(data, folder)) {
    throw keysUnreadable(`\`${folder}\` leads into the data folder \`${data}\``);
  }
  const expected = data === undefined ? undefined : readBinding(data);
  // INVARIANT: keys that the data has used must be there; new ones in their place would hide a loss.
  const used = expected !== undefined || (data !== undefined && isUsed(data));
  if (used && !existsSync(join(folder, inventoryName))) {
    throw keysUnreadable(`the keys of \`${data}\` are not in \`${folder}\``);
  }
  openPrivateFolder(folder);
  const opened = await withLock(join(folder, lockName), () => openOrBegin(folder));
  if (expected !== undefined && expected !== opened.inventory.id) {
    throw keysUnreadable(`\`${folder}\` holds the keys of other data than \`${data}\``);
  }
  if (data !== undefined && expected === undefined) writeBinding(data, opened.inventory.id);
  return new FolderKeyring(folder, opened.master, {
    id: opened.inventory.id,
    clock: options.clock ?? systemClock,
  });
}

/** Something was signed or sealed for this data already. */
function isUsed(data: string): boolean {
  return ['store', 'journal', 'log'].some((part) => existsSync(join(data, part)));
}

interface Kind {
  readonly kind: KeyKind;
  /** New key material. */
  make(): Buffer;
  /** Tells this key from any other, and nothing more. */
  check(material: Buffer): string;
}

class FolderKeyring implements FileKeyring {
  readonly protection = 'file';
  readonly id: string;
  readonly #folder: string;
  readonly #master: Buffer;
  readonly #clock: Clock;
  readonly #signers = new Map<string, Promise<KeyringSigner>>();
  readonly #wrappers = new Map<string, Promise<KeyringWrapper>>();

  constructor(folder: string, master: Buffer, own: { readonly id: string; readonly clock: Clock }) {
    this.#folder = folder;
    this.#master = master;
    this.id = own.id;
    this.#clock = own.clock;
  }

  signer(name: string): Promise<KeyringSigner> {
    return remember(this.#signers, name, async () =>
      openSigner(name, await this.#key(name, signerKind)),
    );
  }

  wrapper(name: string): Promise<KeyringWrapper> {
    return remember(this.#wrappers, name, async () =>
      openWrapper(name, await this.#key(name, wrapperKind)),
    );
  }

  async tenants(): Promise<TenantKeys> {
    const wrapper = await this.wrapper('tenants');
    return openTenantKeys({ folder: join(this.#folder, 'tenants'), wrapper });
  }

  signerKeyPkcs8(name: string): Promise<Buffer> {
    return this.#key(name, signerKind);
  }

  secondKeyPkcs8(name: string): Promise<Buffer> {
    return this.#key(name, secondKind);
  }

  async #key(name: string, kind: Kind): Promise<Buffer> {
    if (!/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/u.test(name) || name.includes('..')) {
      throw keysUnreadable(`\`${name}\` cannot name a key`);
    }
    return (
      this.#existing(name, kind) ??
      withLock(join(this.#folder, lockName), () => this.#make(name, kind))
    );
  }

  #existing(name: string, kind: Kind): Buffer | undefined {
    const entry = this.#inventory().keys.find((key) => key.kind === kind.kind && key.name === name);
    if (entry === undefined) return undefined;
    const material = this.#readKey(name, kind);
    if (material === undefined) {
      throw keysUnreadable(`${kind.kind} key \`${name}\` was made on ${entry.created} and is gone`);
    }
    if (kind.check(material) !== entry.check) {
      throw keysUnreadable(
        `${kind.kind} key \`${name}\` is another key than the one that was made`,
      );
    }
    return material;
  }

  /** The key file first, then the inventory: a crash between leaves a key that nobody has used. */
  #make(name: string, kind: Kind): Buffer {
    const existing = this.#existing(name, kind);
    if (existing !== undefined) return existing;
    const inventory = this.#inventory();
    const material = this.#readKey(name, kind) ?? this.#writeKey(name, kind);
    const entry = {
      kind: kind.kind,
      name,
      created: isoTime(this.#clock.now()),
      check: kind.check(material),
    };
    const next = { ...inventory, keys: [...inventory.keys, entry] };
    writePrivate(join(this.#folder, inventoryName), encodeInventory(next, this.#master));
    return material;
  }

  #inventory(): Inventory {
    const path = join(this.#folder, inventoryName);
    const bytes = readPrivate(path);
    if (bytes === undefined) throw keysUnreadable(`\`${path}\` is gone`);
    const inventory = decodeInventory(bytes, this.#master, path);
    if (inventory.id !== this.id) throw keysUnreadable(`\`${path}\` was replaced`);
    return inventory;
  }

  #path(name: string, kind: Kind): string {
    return join(this.#folder, `${kind.kind}.${name}.key`);
  }

  #context(name: string, kind: Kind): string {
    return `bailiwick keyring\n${this.id}\n${kind.kind}\n${name}`;
  }

  #readKey(name: string, kind: Kind): Buffer | undefined {
    const path = this.#path(name, kind);
    const sealed = readPrivate(path);
    if (sealed === undefined) return undefined;
    const material = unseal(this.#master, sealed, this.#context(name, kind));
    if (material === undefined) {
      throw keysUnreadable(`\`${path}\` is damaged or was not made by this keyring`);
    }
    return material;
  }

  #writeKey(name: string, kind: Kind): Buffer {
    const material = kind.make();
    writePrivateNew(
      this.#path(name, kind),
      seal(this.#master, material, this.#context(name, kind)),
    );
    return material;
  }
}

/** One attempt at a time; a failed one is forgotten, so that a repaired folder works again. */
function remember<T>(
  cache: Map<string, Promise<T>>,
  name: string,
  make: () => Promise<T>,
): Promise<T> {
  const known = cache.get(name);
  if (known !== undefined) return known;
  const made = make();
  cache.set(name, made);
  made.catch(() => cache.delete(name));
  return made;
}

const signerKind: Kind = {
  kind: 'signer',
  make: () => generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' }),
  check: (material) => rawPublicKey(importSigner(material)).toString('hex'),
};

/** By its digest: the public key itself is long. */
const secondKind: Kind = {
  kind: 'second-signer',
  make: () => generateKeyPairSync('ml-dsa-44').privateKey.export({ format: 'der', type: 'pkcs8' }),
  check: (material) =>
    sha256Hex(createPublicKey(importSigner(material)).export({ format: 'der', type: 'spki' })),
};

const wrapperKind: Kind = {
  kind: 'wrapper',
  make: () => randomBytes(32),
  check: wrapperCheck,
};

function importSigner(material: Buffer): KeyObject {
  return createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
}

function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32);
}

function openSigner(name: string, material: Buffer): KeyringSigner {
  const key = importSigner(material);
  material.fill(0);
  return { name, publicKey: rawPublicKey(key), sign: (bytes) => sign(null, bytes, key) };
}
