import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createOutbound } from '#adapters/outbound/index.ts';
import { parseArchivePlace, type S3Place } from '#contracts/archive-place.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import { logArchiveSuite } from '#contracts/log-archive.suite.ts';
import { FakeS3 } from '../../../../test/fakes/fake-s3.ts';
import { openS3 } from './index.ts';
import { lockedBucketSuite } from './locked-bucket.suite.ts';

const root = mkdtempSync(join(tmpdir(), 'bailiwick-s3-'));
const store = new FakeS3();
const outbound = createOutbound({ mayReach: () => true, loopback: true });
let endpoint = '';
let buckets = 0;

beforeAll(async () => {
  endpoint = await store.open();
});
beforeEach(() => {
  store.busy = 0;
  store.lost = 0;
  store.now = Date.now;
});
afterAll(async () => {
  await store.close();
  rmSync(root, { recursive: true, force: true });
});

interface Credential {
  readonly id: string;
  readonly secret: string;
  readonly token?: string;
}

const environment = ({ id, secret, token }: Credential) => ({
  AWS_ACCESS_KEY_ID: id,
  AWS_SECRET_ACCESS_KEY: secret,
  ...(token === undefined ? {} : { AWS_SESSION_TOKEN: token }),
});

/** A bucket of its own, with Object Lock. */
function bucket(how: { readonly locks?: boolean; readonly versioned?: boolean } = {}): string {
  const name = `bucket-${(buckets += 1)}`;
  store.bucket(name, how);
  return name;
}

function placeOf(name: string, more = ''): S3Place {
  const place = parseArchivePlace(`s3://${name}/logs?endpoint=${endpoint}${more}`, {});
  if (place.kind !== 's3') throw new Error('no place of S3');
  return place;
}

const pauses: number[] = [];
const wait = async (ms: number) => void pauses.push(ms);

function open(place: S3Place, env: NodeJS.ProcessEnv): LogArchive {
  return openS3(place, { line: { outbound, wait }, env, now: () => store.now() });
}

const bytes = Buffer.from('x');
const away = { code: 'audit/archive-unavailable' };

logArchiveSuite('a bucket of S3', async () => {
  const place = placeOf(bucket());
  const env = environment(store.key());
  return { open: async () => open(place, env) };
});

lockedBucketSuite('a bucket of S3', async () => {
  const place = placeOf(bucket());
  const key = store.key();
  const writer = { accessKeyId: key.id, secretAccessKey: key.secret };
  return { place, writer, archive: open(place, environment(key)) };
});

describe('an archive in a bucket', () => {
  it('puts nothing into a bucket that does not lock, or keeps no versions [AUD-06]', async () => {
    for (const [how, why] of [
      [{ locks: false }, /no object lock/u],
      [{ versioned: false }, /no versioning/u],
    ] as const) {
      const name = bucket(how);
      const archive = open(placeOf(name), environment(store.key()));
      await expect(archive.put({ name: 'a', bytes })).rejects.toMatchObject(away);
      await expect(archive.put({ name: 'a', bytes })).rejects.toThrow(why);
      expect(store.buckets.get(name)?.objects.size).toBe(0);
    }
    const none = open(placeOf('no-such-bucket'), environment(store.key()));
    await expect(none.put({ name: 'a', bytes })).rejects.toThrow(/NoSuchBucket/u);
  });

  it('keeps for a month, or as long as its URL says, what no profile promises longer [AUD-06]', async () => {
    const env = environment(store.key());
    const at = Date.UTC(2027, 0, 1);
    store.now = () => at;
    const day = 86_400_000;
    for (const [more, days] of [
      ['', 30],
      ['&keep=400d', 400],
    ] as const) {
      const archive = open(placeOf(bucket(), more), env);
      await archive.put({ name: 'a', bytes });
      expect(await archive.retainedUntil('a')).toBe(at + days * day);
      await archive.put({ name: 'b', bytes, retainUntil: at + 1_000 * day });
      expect(await archive.retainedUntil('b')).toBe(at + 1_000 * day);
    }
  });

  it('is bound by compliance alone: governance is passed by [AUD-06]', async () => {
    const name = bucket();
    const archive = open(placeOf(name), environment(store.key()));
    await archive.put({ name: 'a', bytes });
    expect(await archive.retainedUntil('a')).toBeGreaterThan(Date.now());
    for (const one of store.buckets.get(name)?.objects.get('logs/a') ?? []) one.mode = 'GOVERNANCE';
    expect(await archive.retainedUntil('a')).toBeUndefined();
  });

  it('does with these rights, and needs no other', async () => {
    const rights = [
      'PutObject',
      'PutObjectRetention',
      'GetObjectVersion',
      'GetObjectRetention',
      'ListBucketVersions',
      'GetBucketObjectLockConfiguration',
      'GetBucketVersioning',
    ];
    const work = async (allowed: readonly string[]) => {
      const archive = open(placeOf(bucket()), environment(store.key(allowed)));
      await archive.put({ name: 'a', bytes });
      const until = Math.ceil(Date.now() / 1_000) * 1_000 + 100 * 86_400_000;
      await archive.put({ name: 'a', bytes, retainUntil: until });
      expect(await archive.list('')).toEqual(['a']);
      expect(await archive.read('a')).toEqual(bytes);
      expect(await archive.retainedUntil('a')).toBe(until);
    };
    await work(rights);
    for (const one of rights) {
      await expect(work(rights.filter((other) => other !== one))).rejects.toThrow();
    }
  });

  it('asks again while the store is busy, and leaves it to the next run after that', async () => {
    const archive = open(placeOf(bucket()), environment(store.key()));
    pauses.length = 0;
    store.busy = 2;
    expect(await archive.put({ name: 'a', bytes })).toBe('stored');
    expect(pauses).toEqual([200, 800]);
    store.busy = 1_000;
    await expect(archive.put({ name: 'b', bytes })).rejects.toThrow(/answers 503 \(SlowDown\)/u);
    expect(store.busy).toBe(996);
  });

  it('finds what it put where the answer was lost', async () => {
    const archive = open(placeOf(bucket()), environment(store.key()));
    store.lost = 1;
    expect(await archive.put({ name: 'a', bytes })).toBe('already');
    expect(await archive.overlaid('')).toEqual([]);
  });

  it('signs by the file that was named as it is now, with its session token', async () => {
    const file = join(root, 'credentials');
    const place = placeOf(bucket(), `&credentials=${file}`);
    const archive = open(place, environment(store.key()));
    await expect(archive.list('')).rejects.toThrow(/cannot be read: ENOENT/u);
    const write = ({ id, secret }: Credential, token: string) =>
      writeFileSync(
        file,
        `[default]\naws_access_key_id = ${id}\naws_secret_access_key=${secret}\naws_session_token = ${token}\n`,
      );
    const first = store.key(undefined, 'first-token');
    write(first, 'first-token');
    expect(await archive.put({ name: 'a', bytes })).toBe('stored');
    store.keys.delete(first.id);
    const fault = archive.put({ name: 'b', bytes });
    await expect(fault).rejects.toThrow(/InvalidAccessKeyId/u);
    await expect(fault).rejects.not.toThrow(first.secret);
    write(store.key(undefined, 'next-token'), 'next-token');
    expect(await archive.put({ name: 'b', bytes })).toBe('stored');
    writeFileSync(file, '[one]\naws_access_key_id = a\n[two]\naws_access_key_id = b\n');
    await expect(archive.list('')).rejects.toThrow(/several profiles/u);
  });

  it('says so where there is no credential, a wrong clock or a wrong secret', async () => {
    const name = bucket();
    await expect(open(placeOf(name), {}).list('')).rejects.toThrow(/no AWS_ACCESS_KEY_ID/u);
    const { id, secret } = store.key();
    const wrong = open(placeOf(name), environment({ id, secret: `${secret}x` }));
    await expect(wrong.put({ name: 'a', bytes })).rejects.toThrow(/secret key is not the one/u);
    const right = openS3(placeOf(name), {
      line: { outbound, wait },
      env: environment({ id, secret }),
      now: () => Date.now() - 3_600_000,
    });
    await expect(right.put({ name: 'a', bytes })).rejects.toThrow(/clock of this machine/u);
  });

  it('says the bucket in the host where that is asked for', async () => {
    const asked: string[] = [];
    const place = parseArchivePlace('s3://logs/a?region=eu-central-1', {});
    if (place.kind !== 's3') throw new Error('no place of S3');
    const told = async ({ url }: { readonly url: string }) => {
      asked.push(url);
      return { status: 200, type: '', body: Buffer.from('<a/>'), maxAge: undefined };
    };
    const line = { outbound: { fetch: told }, wait };
    const archive = openS3(place, { line, env: environment(store.key()), now: Date.now });
    expect(await archive.list('b/')).toEqual([]);
    expect(asked).toEqual([
      'https://logs.s3.eu-central-1.amazonaws.com/?versions=&prefix=a%2Fb%2F&encoding-type=url',
    ]);
  });
});
