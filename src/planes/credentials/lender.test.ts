import { describe, expect, it } from 'vitest';
import { exactly } from '#kernel/manifest.ts';
import { toolTarget } from '#kernel/tool.ts';
import { commitment } from '#kernel/digest.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { isId } from '#kernel/ids.ts';
import type { CredentialUse, ManifestEntry, SealedSecret } from '#kernel/snapshot.ts';
import { ManualClock } from '#kernel/time.ts';
import { FakeCredentialSource } from '../../../test/fakes/fake-credential-source.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import type { LendRequest, Loan } from './door.ts';
import { sealSecret } from './envelope.ts';
import { createLender } from './lender.ts';
import { createSealedSource } from './sealed-source.ts';

const canary = `canary-${'k'.repeat(24)}`;
const header: CredentialUse = {
  kind: 'header',
  secret: 'billing',
  header: 'authorization',
  prefix: 'Bearer ',
};
const environment: CredentialUse = { kind: 'environment', secret: 'database', variable: 'PGPASS' };

const createRefund = toolTarget({ server: 'billing', tool: 'create_refund' });

const manifest: ManifestEntry = {
  name: 'refunds',
  sensitivity: 'internal',
  targets: [exactly(toolTarget({ server: 'billing', tool: 'create_refund' }))],
};

async function setUp(value = canary) {
  const keyring = new FakeKeyring();
  const wrapper = await keyring.wrapper('vault');
  const seal = (name: string, text: string): SealedSecret =>
    sealSecret(wrapper, 'main', { name, version: 1, value: Buffer.from(text) });
  const secrets = { billing: seal('billing', value), database: seal('database', `${value}-db`) };
  const lender = createLender({ source: createSealedSource(wrapper), clock: new ManualClock() });
  const lend = (over: Partial<LendRequest> & { credentials?: readonly CredentialUse[] } = {}) =>
    lender.lend({
      tenant: 'main',
      owner: { name: 'billing', credentials: over.credentials ?? [header, environment] },
      target: createRefund,
      manifest,
      secrets,
      use: 'header',
      signal: new AbortController().signal,
      ...over,
    });
  return { keyring, secrets, seal, lend };
}

function loanOf(answer: ReturnType<Awaited<ReturnType<typeof setUp>>['lend']>): Loan {
  if (answer instanceof Promise) throw new Error('what lies sealed is lent at once');
  if (isRefusal(answer)) throw new Error(answer.code);
  return answer;
}

describe('the lender', () => {
  it('lends what the server uses in this way, for this tool', async () => {
    const { lend } = await setUp();
    expect(loanOf(lend()).lent).toEqual([
      { kind: 'header', header: 'authorization', value: `Bearer ${canary}`, secret: canary },
    ]);
    expect(loanOf(lend({ use: 'environment' })).lent).toEqual([
      { kind: 'environment', variable: 'PGPASS', value: `${canary}-db`, secret: `${canary}-db` },
    ]);
  });

  it('lends a member of a query to one call, and a place among arguments to a process', async () => {
    const { lend } = await setUp();
    const query: CredentialUse = { kind: 'query', secret: 'billing', name: 'key' };
    const argument: CredentialUse = { ...environment, inArguments: true };
    const credentials = [query, argument];
    const call = loanOf(lend({ credentials }));
    expect(call.lent).toEqual([{ kind: 'query', name: 'key', value: canary, secret: canary }]);
    expect(call.leases).toMatchObject([{ secret: 'billing', bound: 'call' }]);
    const process = loanOf(lend({ credentials, use: 'environment' }));
    expect(process.lent).toMatchObject([{ variable: 'PGPASS', inArguments: true }]);
    expect(process.leases).toMatchObject([{ secret: 'database', bound: 'process' }]);
  });

  it('refuses a tool outside the manifest before anything is opened [CRD-07]', async () => {
    const { lend, keyring } = await setUp();
    const ofAnother = toolTarget({ server: 'crm', tool: 'create_refund' });
    const others = [
      { target: toolTarget({ server: 'billing', tool: 'delete_customer' }) },
      { target: toolTarget({ server: 'billing', tool: 'create_refund ' }) },
      { target: toolTarget({ server: 'crm', tool: 'create_refund' }) },
      { target: { ...createRefund, kind: 'prompt' } as const },
      { target: { ...createRefund, name: undefined } },
      { manifest: { ...manifest, targets: [] } },
      { manifest: { ...manifest, targets: [exactly(ofAnother)] } },
      {
        manifest: {
          ...manifest,
          targets: [exactly({ ...ofAnother, owner: 'billing', kind: 'prompt' })],
        },
      },
    ];
    for (const over of others) {
      for (const use of ['header', 'environment'] as const) {
        expect(lend({ ...over, use })).toMatchObject({ code: 'credentials/not-in-manifest' });
      }
    }
    expect(keyring.unwraps).toBe(0);
    void lend();
    expect(keyring.unwraps).toBe(1);
  });

  it('puts on record what was lent, for what and until when, as a digest with a salt [CRD-08]', async () => {
    const { lend } = await setUp();
    const [lease] = loanOf(lend()).leases;
    expect(lease).toMatchObject({
      secret: 'billing',
      scope: 'billing/create_refund',
      bound: 'call',
    });
    expect(isId(lease?.id ?? '')).toBe(true);
    const [salt, digest] = String(lease?.digest).split(':');
    expect(digest).toBe(commitment(Buffer.from(salt ?? '', 'hex'), canary));
    expect(JSON.stringify(lease)).not.toContain(canary);
    const [again] = loanOf(lend()).leases;
    expect(again?.id).not.toBe(lease?.id);
    expect(again?.digest).not.toBe(lease?.digest);
    expect(loanOf(lend({ use: 'environment' })).leases).toMatchObject([{ bound: 'process' }]);
  });

  it('lends nothing to a server that wants nothing', async () => {
    const { lend, keyring } = await setUp();
    expect(lend({ credentials: [] })).toMatchObject({ lent: [], leases: [] });
    expect(lend({ credentials: [environment] })).toMatchObject({ lent: [], leases: [] });
    expect(keyring.unwraps).toBe(0);
  });

  it('lends all that the server needs or nothing', async () => {
    const { lend, keyring } = await setUp();
    const missing = { ...header, secret: 'gone' };
    expect(lend({ credentials: [header, missing] })).toMatchObject({
      code: 'credentials/unknown-secret',
      // The operator's, on record: nothing of it is among what a caller is told.
      recorded: { secret: 'gone' },
    });
    expect(lend({ credentials: [{ ...header, secret: 'toString' }] })).toMatchObject({
      code: 'credentials/unknown-secret',
    });
    expect(keyring.unwraps).toBe(0);
  });

  it('refuses a secret of another tenant, another name, or one that was changed', async () => {
    const { lend, secrets } = await setUp();
    expect(lend({ tenant: 'other' })).toMatchObject({ code: 'credentials/unwrap-failed' });
    expect(lend({ secrets: { billing: secrets.database } })).toMatchObject({
      code: 'credentials/unknown-secret',
    });
    const swapped = { ...secrets.database, name: 'billing' };
    expect(lend({ secrets: { billing: swapped } })).toMatchObject({
      code: 'credentials/unwrap-failed',
    });
  });

  it('says no and nothing else of a value that cannot stand in a header', async () => {
    for (const bad of [`${canary}\r\nx-admin: 1`, `${canary}\n`, ` ${canary}`, `${canary}ü`]) {
      const { lend } = await setUp(bad);
      const answer = lend();
      expect(answer).toMatchObject({ kind: 'refusal', code: 'credentials/unwrap-failed' });
      expect(JSON.stringify(answer)).not.toContain('canary');
    }
  });

  it('unwraps a data key once for one Snapshot, and again for the next', async () => {
    const { lend, keyring, secrets } = await setUp();
    for (let at = 0; at < 5; at += 1) void lend();
    expect(keyring.unwraps).toBe(1);
    void lend({ secrets: { billing: { ...secrets.billing } } });
    expect(keyring.unwraps).toBe(2);
  });
});

describe('a loan of the lender', () => {
  const second: CredentialUse = { kind: 'header', secret: 'second', header: 'x-key', prefix: '' };

  function slow() {
    const source = new FakeCredentialSource();
    source.soon = false;
    const secrets = {
      billing: source.put('main', 'billing', canary),
      second: source.put('main', 'second', `${canary}-2`),
    };
    const abort = new AbortController();
    const lender = createLender({ source, clock: new ManualClock() });
    const lend = () =>
      lender.lend({
        tenant: 'main',
        owner: { name: 'billing', credentials: [header, second] },
        target: createRefund,
        manifest,
        secrets,
        use: 'header',
        signal: abort.signal,
      });
    return { source, abort, lend };
  }

  it('waits for all sources at once, and is ended at each of them, once, with its effect', async () => {
    const { source, lend } = slow();
    const waiting = lend();
    expect(source.waiting).toHaveLength(2);
    for (const { answer } of source.waiting) answer();
    const loan = await waiting;
    if (isRefusal(loan)) throw new Error(loan.code);
    expect(loan.lent.map(({ secret }) => secret)).toEqual([canary, `${canary}-2`]);
    loan.end('done');
    loan.end('unknown');
    expect(source.given.map(({ ends }) => ends)).toEqual([['done'], ['done']]);
  });

  it('that is no loan ends what was given for it, with no effect', async () => {
    const { source, lend } = slow();
    const waiting = lend();
    source.waiting[0]?.answer();
    source.waiting[1]?.answer(refusal('credentials/unavailable'));
    expect(await waiting).toMatchObject({ code: 'credentials/unavailable' });
    expect(source.given.map(({ ends }) => ends)).toEqual([['none']]);
  });

  it('is not made for one who goes while it waits', async () => {
    const { source, abort, lend } = slow();
    const waiting = lend();
    source.waiting[0]?.answer();
    abort.abort();
    expect(await waiting).toMatchObject({ code: 'gateway/cancelled' });
    source.waiting[1]?.answer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(source.given.map(({ ends }) => ends)).toEqual([['none'], ['none']]);
  });

  it('ends although its source cannot be told', async () => {
    const { source, lend } = slow();
    source.deaf = true;
    source.prompt = true;
    const loan = await lend();
    if (isRefusal(loan)) throw new Error(loan.code);
    expect(() => loan.end('done')).not.toThrow();
    expect(source.given.map(({ ends }) => ends)).toEqual([['done'], ['done']]);
  });
});
