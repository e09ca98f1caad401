import { describe, expect, it } from 'vitest';
import type { S3Place } from '#contracts/archive-place.ts';
import type { LogArchive } from '#contracts/log-archive.ts';
import { type AwsCredentials, signV4, strictly } from './signature.ts';

export interface LockedBucket {
  readonly place: S3Place;
  /** Of whoever writes the archive, with every right that a writer could have. */
  readonly writer: AwsCredentials;
  readonly archive: LogArchive;
}

interface Attack {
  readonly method: string;
  readonly name: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Somebody who took the credential of the writer, and asks the store as they like. */
async function attack({ place, writer }: LockedBucket, asked: Attack): Promise<number> {
  const { method, name, query = {}, headers = {}, body = '' } = asked;
  const words = Object.entries(query).map(([key, value]) => `${strictly(key)}=${strictly(value)}`);
  const path = `${place.bucket}/${place.prefix}${name}`;
  const url = new URL(`${place.endpoint}/${path}${words.length > 0 ? `?${words.join('&')}` : ''}`);
  const by = { credentials: writer, region: place.region, service: 's3', now: Date.now() };
  const signed = signV4({ method, url, headers, body }, by);
  const answer = await fetch(url, { method, headers: signed, ...(body === '' ? {} : { body }) });
  await answer.arrayBuffer();
  return answer.status;
}

async function versionOf(under: LockedBucket, name: string): Promise<string> {
  const { place, writer } = under;
  const url = new URL(
    `${place.endpoint}/${place.bucket}?versions=&prefix=${strictly(place.prefix + name)}`,
  );
  const by = { credentials: writer, region: place.region, service: 's3', now: Date.now() };
  const headers = signV4({ method: 'GET', url, headers: {}, body: '' }, by);
  const xml = await (await fetch(url, { headers })).text();
  return /<Version>.*?<VersionId>([^<]+)</su.exec(xml)?.[1] ?? 'none';
}

/** AWS and versitygw say 403, MinIO 400. */
const refusals = [400, 403];
const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8');
const text = (of: Uint8Array | undefined) => Buffer.from(of ?? bytes('nothing')).toString('utf8');
const dayMs = 86_400_000;

/** What the bucket itself refuses, whoever asks, and what is found of what it cannot refuse. */
export function lockedBucketSuite(name: string, make: () => Promise<LockedBucket>): void {
  describe(`somebody with the credential of the writer, before ${name}`, () => {
    it('deletes no version, with and without asking for the lock to be passed by [AUD-06]', async () => {
      const under = await make();
      await under.archive.put({
        name: 'kept/a',
        bytes: bytes('a'),
        retainUntil: Date.now() + dayMs,
      });
      const query = { versionId: await versionOf(under, 'kept/a') };
      const bypass = { 'x-amz-bypass-governance-retention': 'true' };
      const plain = { method: 'DELETE', name: 'kept/a', query };
      expect(refusals).toContain(await attack(under, plain));
      expect(refusals).toContain(await attack(under, { ...plain, headers: bypass }));
      expect(text(await under.archive.read('kept/a'))).toBe('a');
    });

    it('makes no time shorter, and no lock weaker [AUD-06]', async () => {
      const under = await make();
      const until = Math.ceil(Date.now() / 1_000) * 1_000 + 100 * dayMs;
      await under.archive.put({ name: 'kept/b', bytes: bytes('b'), retainUntil: until });
      const query = { retention: '', versionId: await versionOf(under, 'kept/b') };
      const form = (mode: string, day: number): string =>
        `<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>${mode}</Mode><RetainUntilDate>${new Date(day).toISOString()}</RetainUntilDate></Retention>`;
      for (const body of [form('COMPLIANCE', until - 50 * dayMs), form('GOVERNANCE', until)]) {
        const asked = { method: 'PUT', name: 'kept/b', query, body };
        expect(refusals).toContain(await attack(under, asked));
      }
      expect(await under.archive.retainedUntil('kept/b')).toBe(until);
    });

    it('lays other bytes over a name, which is found, and read is what was put first [AUD-06]', async () => {
      const under = await make();
      await under.archive.put({ name: 'kept/c', bytes: bytes('true') });
      expect(await attack(under, { method: 'PUT', name: 'kept/c', body: 'forged' })).toBe(200);
      expect(text(await under.archive.read('kept/c'))).toBe('true');
      expect(await under.archive.overlaid('kept/')).toEqual([{ name: 'kept/c', how: 'put-again' }]);
    });

    it('marks a name as deleted, which is found, and hides nothing [AUD-06]', async () => {
      const under = await make();
      await under.archive.put({ name: 'kept/d', bytes: bytes('d') });
      expect(await under.archive.overlaid('kept/')).toEqual([]);
      expect(await attack(under, { method: 'DELETE', name: 'kept/d' })).toBe(204);
      expect(await under.archive.list('kept/')).toEqual(['kept/d']);
      expect(text(await under.archive.read('kept/d'))).toBe('d');
      expect(await under.archive.overlaid('kept/')).toEqual([{ name: 'kept/d', how: 'hidden' }]);
    });

    it('is refused with a signature of another secret', async () => {
      const under = await make();
      const writer = { ...under.writer, secretAccessKey: `${under.writer.secretAccessKey}x` };
      const asked = { method: 'PUT', name: 'kept/e', body: 'e' };
      expect(await attack({ ...under, writer }, asked)).toBe(403);
    });
  });
}
