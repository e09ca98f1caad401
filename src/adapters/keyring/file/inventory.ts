import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalBytes, type Json, parseJson } from '#kernel/json/index.ts';
import { z } from 'zod';
import { keysUnreadable } from './files.ts';

const keyKind = z.enum(['signer', 'wrapper', 'second-signer']);
export type KeyKind = z.infer<typeof keyKind>;

const inventorySchema = z.strictObject({
  version: z.literal(1),
  /** Names this keyring; data folders remember it. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  keys: z.array(
    z.strictObject({
      kind: keyKind,
      name: z.string(),
      created: z.string(),
      /** Public key of a signer, check value of a wrapper: tells the right key from another one. */
      check: z.string(),
    }),
  ),
});

/** Every key that was ever handed out. What stands here and is not there is lost, never made anew. */
export type Inventory = z.infer<typeof inventorySchema>;

export function encodeInventory(inventory: Inventory, masterKey: Uint8Array): Uint8Array {
  const body = canonicalBytes(inventory);
  const mac = macOf(body, masterKey).toString('hex');
  return canonicalBytes({ inventory: parseJson(body), mac });
}

export function decodeInventory(bytes: Uint8Array, masterKey: Uint8Array, path: string): Inventory {
  const file = parseInventory(bytes, path);
  const expected = macOf(canonicalBytes(file.inventory), masterKey);
  const found = Buffer.from(file.mac, 'hex');
  if (found.length !== expected.length || !timingSafeEqual(found, expected)) {
    throw keysUnreadable(
      `\`${path}\` was changed, or \`master.key\` is the key of another keyring`,
    );
  }
  return file.inventory;
}

const fileSchema = z.strictObject({ inventory: inventorySchema, mac: z.string() });

function parseInventory(bytes: Uint8Array, path: string): z.infer<typeof fileSchema> {
  let value: Json;
  try {
    value = parseJson(bytes);
  } catch (error) {
    throw keysUnreadable(`\`${path}\` is damaged`, error);
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) {
    throw keysUnreadable(`\`${path}\` is damaged, or of a newer version`, parsed.error);
  }
  return parsed.data;
}

function macOf(body: Uint8Array, masterKey: Uint8Array): Buffer {
  const key = createHmac('sha256', masterKey).update('bailiwick keyring inventory').digest();
  return createHmac('sha256', key).update(body).digest();
}

/** Says which key this is without saying anything of it. */
export function wrapperCheck(key: Uint8Array): string {
  return createHmac('sha256', key).update('bailiwick wrapper check').digest('hex');
}
