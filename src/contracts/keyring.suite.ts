import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Keyring } from './keyring.ts';

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export interface KeyringUnderTest {
  /** Opens the same keyring again, as after a restart. */
  open(): Promise<Keyring>;
}

/** The promises of `contracts/keyring`; every implementation runs them first. */
export function keyringSuite(name: string, make: () => KeyringUnderTest): void {
  describe(`the keyring contract, kept by ${name}`, () => {
    it('signs with Ed25519 under a public key that stays the same', async () => {
      const under = make();
      const signer = await (await under.open()).signer('log');
      const message = Buffer.from('a checkpoint');
      const again = await (await under.open()).signer('log');
      expect(Buffer.from(again.publicKey)).toEqual(Buffer.from(signer.publicKey));
      expect(signer.publicKey).toHaveLength(32);
      const der = Buffer.concat([spkiPrefix, signer.publicKey]);
      const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
      expect(verify(null, message, key, again.sign(message))).toBe(true);
      expect(verify(null, Buffer.from('another'), key, again.sign(message))).toBe(false);
    });

    it('opens after a restart what it wrapped before', async () => {
      const under = make();
      const wrapped = (await (await under.open()).wrapper('vault')).wrap(
        Buffer.from('secret'),
        'a/b',
      );
      const opened = (await (await under.open()).wrapper('vault')).unwrap(wrapped, 'a/b');
      expect(opened.toString('utf8')).toBe('secret');
      expect(Buffer.from(wrapped).includes('secret')).toBe(false);
    });

    it('opens nothing under another context, another key, or with a flipped byte', async () => {
      const keyring = await make().open();
      const wrapper = await keyring.wrapper('vault');
      const other = await keyring.wrapper('other');
      const wrapped = wrapper.wrap(Buffer.from('secret'), 'a');
      const refused = { code: 'credentials/unwrap-failed' };
      expect(() => wrapper.unwrap(wrapped, 'b')).toThrow(expect.objectContaining(refused));
      expect(() => other.unwrap(wrapped, 'a')).toThrow(expect.objectContaining(refused));
      for (const at of wrapped.keys()) {
        const bad = Uint8Array.from(wrapped);
        bad[at] = (bad[at] ?? 0) ^ 1;
        expect(() => wrapper.unwrap(bad, 'a')).toThrow(expect.objectContaining(refused));
      }
      expect(() => wrapper.unwrap(new Uint8Array(3), 'a')).toThrow(
        expect.objectContaining(refused),
      );
    });

    it('wraps the same bytes differently each time', async () => {
      const wrapper = await (await make().open()).wrapper('vault');
      const once = Buffer.from(wrapper.wrap(Buffer.from('x'), 'c')).toString('hex');
      expect(Buffer.from(wrapper.wrap(Buffer.from('x'), 'c')).toString('hex')).not.toBe(once);
    });

    it('keeps different keys for different names, and one key for callers at the same time', async () => {
      const under = make();
      const keyring = await under.open();
      const second = await under.open();
      const same = await Promise.all([
        keyring.signer('a'),
        second.signer('a'),
        keyring.signer('a'),
      ]);
      const keys = same.map((signer) => Buffer.from(signer.publicKey).toString('hex'));
      expect(new Set(keys).size).toBe(1);
      const other = await keyring.signer('b');
      expect(Buffer.from(other.publicKey).toString('hex')).not.toBe(keys[0]);
    });
  });
}
