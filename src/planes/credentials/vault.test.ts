import { describe, expect, it } from 'vitest';
import { commitment } from '#kernel/digest.ts';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { FakeSecretBook } from '../../../test/fakes/fake-secret-book.ts';
import { createSecretOpener } from './envelope.ts';
import { createVault } from './vault.ts';

const canary = `canary-${'k'.repeat(24)}`;

function setUp(over: { record?: (draft: RecordDraft) => Promise<unknown> } = {}) {
  const keyring = new FakeKeyring();
  const book = new FakeSecretBook();
  const records: RecordDraft[] = [];
  const record = over.record ?? (async (draft: RecordDraft) => void records.push(draft));
  const vault = createVault({
    keyring,
    book,
    recorder: { record, owe: record },
    clock: new ManualClock(),
  });
  const put = (name: string, value: string, tenant = 'main') =>
    vault.put({ tenant, name, value: Buffer.from(value), by: 'ada' });
  return { keyring, book, records, vault, put };
}

describe('the vault', () => {
  it('keeps what it was given sealed: neither book nor record shows the value [CRD-01, CRD-08]', async () => {
    const { put, book, records } = setUp();
    await put('billing', canary);
    const kept = canonicalText([...(await book.list('main'))] as unknown as JsonObject[]);
    const told = canonicalText(records as unknown as JsonObject[]);
    for (const encoding of ['utf8', 'base64', 'hex'] as const) {
      const shown = Buffer.from(canary).toString(encoding).slice(0, 20);
      expect(kept).not.toContain(shown);
      expect(told).not.toContain(shown);
    }
  });

  it('opens only as itself: not as another tenant, name or version, nor when changed', async () => {
    const { put, keyring } = setUp();
    const sealed = await put('billing', canary);
    const wrapper = await keyring.wrapper('vault');
    const open = (tenant: string, secret: typeof sealed) =>
      createSecretOpener(wrapper).open(tenant, secret);
    expect(open('main', sealed)).toBe(canary);
    const flipped = Buffer.from(sealed.sealed, 'base64');
    flipped[20] = (flipped[20] ?? 0) ^ 1;
    const wrong = [
      ['other', sealed],
      ['main', { ...sealed, name: 'crm' }],
      ['main', { ...sealed, version: 2 }],
      ['main', { ...sealed, sealed: flipped.toString('base64') }],
      ['main', { ...sealed, sealed: '' }],
      ['main', { ...sealed, wrappedKey: '' }],
    ] as const;
    const refused = expect.objectContaining({ code: 'credentials/unwrap-failed' });
    for (const [tenant, secret] of wrong) expect(() => open(tenant, secret)).toThrow(refused);
  });

  it('does not open for another tenant because it was opened for its own before', async () => {
    const { put, keyring } = setUp();
    const sealed = await put('billing', canary);
    const opener = createSecretOpener(await keyring.wrapper('vault'));
    expect(opener.open('main', sealed)).toBe(canary);
    expect(() => opener.open('other', sealed)).toThrow();
    expect(opener.open('main', sealed)).toBe(canary);
  });

  it('tells names apart that look alike when they are put together', async () => {
    const { put, keyring } = setUp();
    const sealed = await put('b\nc', canary, 'a');
    const opener = createSecretOpener(await keyring.wrapper('vault'));
    expect(() => opener.open('a\nb', { ...sealed, name: 'c' })).toThrow();
  });

  it('records every deposit with who, what and a digest that only the value confirms [CRD-08]', async () => {
    const { put, records } = setUp();
    await put('billing', canary);
    const [record] = records;
    expect(record).toMatchObject({
      type: 'credential.stored',
      tenant: 'main',
      actors: [{ kind: 'human', name: 'ada' }],
      details: { secret: 'billing', version: 1 },
    });
    const told = record?.details?.['digest'];
    const [salt, digest] = typeof told === 'string' ? told.split(':') : [];
    expect(digest).toBe(commitment(Buffer.from(salt ?? '', 'hex'), canary));
  });

  it('stores nothing that could not be recorded [CRD-08]', async () => {
    const failing = setUp({ record: () => Promise.reject(new Error('disk')) });
    await expect(failing.put('billing', canary)).rejects.toThrow('disk');
    expect(await failing.vault.list('main')).toEqual([]);
  });

  it('empties the buffer it was given, whether it could be stored or not', async () => {
    const { vault } = setUp();
    for (const text of [canary, 'short', `zero\0byte-in-it`]) {
      const value = Buffer.from(text);
      await vault.put({ tenant: 'main', name: 'x', value, by: 'ada' }).catch(() => undefined);
      expect(value.every((byte) => byte === 0)).toBe(true);
    }
  });

  it('refuses what could not be found again in a result, or is no text', async () => {
    const { vault, records } = setUp();
    const values = [
      Buffer.from('12345'),
      Buffer.from('🔑🔑'),
      Buffer.alloc(8_193, 'x'),
      Buffer.from([0xff, 0xfe, 1, 2, 3, 4, 5]),
      Buffer.from('abc\0defghi'),
    ];
    for (const value of values) {
      await expect(
        vault.put({ tenant: 'main', name: 'x', value, by: 'ada' }),
      ).rejects.toMatchObject({ code: 'api/invalid' });
    }
    expect(records).toEqual([]);
  });

  it('counts versions, also of deposits at the same time, and wraps each under a key of its own', async () => {
    const { put, vault } = setUp();
    const sealed = await Promise.all([put('a', canary), put('a', canary), put('a', canary)]);
    expect(sealed.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(new Set(sealed.map(({ wrappedKey }) => wrappedKey)).size).toBe(3);
    expect(await vault.list('main')).toEqual([{ name: 'a', version: 3 }]);
  });
});
