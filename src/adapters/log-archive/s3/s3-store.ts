import { createHash } from 'node:crypto';
import type { S3Place } from '#contracts/archive-place.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { unavailable } from '../wire/ask-store.ts';
import type { LockedStore } from '../wire/locked-archive.ts';
import type { ObjectVersion } from '../wire/versions.ts';
import { textOf } from '../wire/xml.ts';
import type { S3Bucket } from './s3-bucket.ts';

/** A bucket with Object Lock; everything is put in compliance mode. */
export class S3Store implements LockedStore {
  readonly where: string;
  readonly enforcedBy =
    'S3 Object Lock in compliance mode: until its day no credential deletes an object, overwrites it or shortens its time';
  readonly keepMs: number;
  readonly #place: S3Place;
  readonly #bucket: S3Bucket;

  constructor(place: S3Place, bucket: S3Bucket) {
    this.#place = place;
    this.#bucket = bucket;
    this.keepMs = place.keepMs;
    this.where = `s3://${place.bucket}/${place.prefix} at ${new URL(place.endpoint).host}`;
  }

  async put(name: string, bytes: Uint8Array, until: number): Promise<'stored' | 'taken'> {
    const answer = await this.#bucket.ask({
      method: 'PUT',
      key: name,
      headers: {
        ...checked(bytes),
        'content-type': 'application/octet-stream',
        'if-none-match': '*',
        'x-amz-object-lock-mode': 'COMPLIANCE',
        'x-amz-object-lock-retain-until-date': new Date(until).toISOString(),
      },
      body: bytes,
    });
    if (answer.status === 200) return 'stored';
    if (answer.status === 412) return 'taken';
    throw this.#refused('put', answer);
  }

  async extend({ name, id }: ObjectVersion, until: number): Promise<void> {
    const day = new Date(until).toISOString();
    const body = Buffer.from(
      `<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>COMPLIANCE</Mode><RetainUntilDate>${day}</RetainUntilDate></Retention>`,
    );
    const query = { retention: '', versionId: id };
    const headers = checked(body);
    const answer = await this.#bucket.ask({ method: 'PUT', key: name, query, headers, body });
    if (answer.status !== 200) throw this.#refused('extend', answer);
  }

  versions(prefix: string): AsyncIterable<readonly ObjectVersion[]> {
    return this.#bucket.versions(prefix);
  }

  async read({ name, id }: ObjectVersion): Promise<Uint8Array> {
    const query = { versionId: id };
    const answer = await this.#bucket.ask({ method: 'GET', key: name, query });
    if (answer.status !== 200) throw this.#refused('read', answer);
    return answer.body;
  }

  /** INVARIANT: governance binds nobody who has the right to pass it by. */
  async lockedUntil({ name, id }: ObjectVersion): Promise<number | undefined> {
    const query = { versionId: id };
    const answer = await this.#bucket.ask({ method: 'HEAD', key: name, query });
    if (answer.status !== 200) throw this.#refused('look', answer);
    if (answer.header?.('x-amz-object-lock-mode') !== 'COMPLIANCE') return undefined;
    const day = Date.parse(answer.header('x-amz-object-lock-retain-until-date') ?? '');
    return Number.isNaN(day) ? undefined : day;
  }

  async checkLocks(): Promise<void> {
    const lock = await this.#bucket.ask({ method: 'GET', query: { 'object-lock': '' } });
    const isOn = lock.status === 200 && textIn(lock, 'ObjectLockEnabled') === 'Enabled';
    // 404 is the answer of a bucket without a lock, and of no bucket: its code says which.
    const says = textIn(lock, 'Code');
    if (!isOn && lock.status !== 200 && says !== 'ObjectLockConfigurationNotFoundError') {
      throw this.#refused('ask whether it locks', lock);
    }
    if (!isOn) throw this.#noLock('no object lock');
    const versions = await this.#bucket.ask({ method: 'GET', query: { versioning: '' } });
    if (versions.status !== 200) throw this.#refused('ask whether it keeps versions', versions);
    if (textIn(versions, 'Status') !== 'Enabled') throw this.#noLock('no versioning');
  }

  #noLock(what: string): Error {
    const { bucket } = this.#place;
    return unavailable(
      this.where,
      `bucket \`${bucket}\` has ${what}, so nothing would be kept there; make one with Object Lock`,
    );
  }

  /** INVARIANT: of what a store writes only its code is told, in letters. */
  #refused(what: string, answer: OutboundAnswer): Error {
    const code = textIn(answer, 'Code') ?? '';
    const said = /^[A-Za-z]{1,64}$/u.test(code) ? ` (${code})` : '';
    return unavailable(
      this.where,
      `it answers ${answer.status}${said} to \`${what}\`${hints[code] ?? ''}`,
    );
  }
}

const hints: Readonly<Record<string, string>> = {
  RequestTimeTooSkewed: '; the clock of this machine is wrong',
  SignatureDoesNotMatch:
    '; the secret key is not the one of this access key, or the region is wrong',
  AccessDenied: '; docs/audit.md says which rights the credential needs',
  NoSuchBucket: '; make it first, with Object Lock',
};

function textIn(answer: OutboundAnswer, name: string): string | undefined {
  return textOf(answer.body.toString('utf8'), name);
}

/** What came over another way than it left is refused by the store. */
function checked(bytes: Uint8Array): Record<string, string> {
  const digest = (of: string): string => createHash(of).update(bytes).digest('base64');
  return { 'content-md5': digest('md5'), 'x-amz-checksum-sha256': digest('sha256') };
}
