import { createHash } from 'node:crypto';
import type { S3Place } from '#contracts/archive-place.ts';
import {
  type ArchivedObject,
  isArchiveName,
  type LogArchive,
  type OverlaidName,
} from '#contracts/log-archive.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { conflict, reached, unavailable } from '../wire/ask-store.ts';
import { textOf } from '../wire/xml.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { firstVersions, type ObjectVersion, overlaidIn } from './s3-versions.ts';

/**
 * A bucket with Object Lock. INVARIANT: nothing is put before the bucket said that it locks and keeps versions; each
 * object carries its own day in compliance mode, which no credential makes shorter; a put takes no name twice. What
 * somebody lays over a name (a mark of deletion, another version) hides nothing: the first version is what counts.
 */
export function openS3Archive(place: S3Place, bucket: S3Bucket, now: () => number): LogArchive {
  const archive = new S3Archive(place, bucket, now);
  const where = archive.where;
  const named = (name: string): string => {
    if (isArchiveName(name)) return name;
    throw conflict(`\`${name}\` is no name of an archive`);
  };
  return {
    where,
    enforcedBy:
      'S3 Object Lock in compliance mode: until its day no credential deletes an object, overwrites it or shortens its time',
    put: (object) => reached(where, async () => archive.put(named(object.name), object)),
    list: (prefix) => reached(where, async () => [...(await archive.firsts(prefix)).keys()].sort()),
    read: (name) => reached(where, async () => archive.read(named(name))),
    retainedUntil: (name) => reached(where, async () => archive.retainedUntil(named(name))),
    overlaid: (prefix) => reached(where, () => archive.overlaid(prefix)),
  };
}

class S3Archive {
  readonly where: string;
  readonly #place: S3Place;
  readonly #bucket: S3Bucket;
  readonly #now: () => number;
  #locks: Promise<void> | undefined;
  /** First versions that a list has named: they never become others. */
  readonly #known = new Map<string, ObjectVersion>();

  constructor(place: S3Place, bucket: S3Bucket, now: () => number) {
    this.#place = place;
    this.#bucket = bucket;
    this.#now = now;
    this.where = `s3://${place.bucket}/${place.prefix} at ${new URL(place.endpoint).host}`;
  }

  async put(name: string, { bytes, retainUntil }: ArchivedObject): Promise<'stored' | 'already'> {
    await this.#checkLocks();
    const until = wholeSecond(Math.max(retainUntil ?? 0, this.#now() + this.#place.keepMs));
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
    if (answer.status !== 412) throw this.#refused('put', answer);
    return await this.#already(name, bytes, retainUntil);
  }

  async #already(name: string, bytes: Uint8Array, retainUntil: number | undefined) {
    const there = await this.read(name);
    if (there === undefined || Buffer.compare(there, bytes) !== 0) {
      throw conflict(
        `the archive has other bytes as \`${name}\`: ${there?.length ?? 0} instead of ${bytes.length}`,
      );
    }
    const until = retainUntil === undefined ? 0 : wholeSecond(retainUntil);
    if (until > ((await this.retainedUntil(name)) ?? 0)) await this.#keepUntil(name, until);
    return 'already' as const;
  }

  async #keepUntil(name: string, until: number): Promise<void> {
    const first = await this.#first(name);
    if (first === undefined) throw conflict(`\`${name}\` is gone from the archive`);
    const day = new Date(until).toISOString();
    const body = Buffer.from(
      `<Retention xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Mode>COMPLIANCE</Mode><RetainUntilDate>${day}</RetainUntilDate></Retention>`,
    );
    const answer = await this.#bucket.ask({
      method: 'PUT',
      key: name,
      query: { retention: '', versionId: first.id },
      headers: checked(body),
      body,
    });
    if (answer.status !== 200) throw this.#refused('extend', answer);
  }

  /** Of all that begin so, what was put first under each name. */
  async firsts(prefix: string): Promise<ReadonlyMap<string, ObjectVersion>> {
    const firsts = firstVersions(await this.#bucket.versions(prefix));
    for (const [name, version] of firsts) this.#known.set(name, version);
    return firsts;
  }

  async overlaid(prefix: string): Promise<readonly OverlaidName[]> {
    return overlaidIn(await this.#bucket.versions(prefix));
  }

  async #first(name: string): Promise<ObjectVersion | undefined> {
    return this.#known.get(name) ?? (await this.firsts(name)).get(name);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const first = await this.#first(name);
    if (first === undefined) return undefined;
    const answer = await this.#bucket.ask({
      method: 'GET',
      key: name,
      query: { versionId: first.id },
    });
    if (answer.status !== 200) throw this.#refused('read', answer);
    return answer.body;
  }

  async retainedUntil(name: string): Promise<number | undefined> {
    const first = await this.#first(name);
    if (first === undefined) return undefined;
    const query = { versionId: first.id };
    const answer = await this.#bucket.ask({ method: 'HEAD', key: name, query });
    if (answer.status !== 200) throw this.#refused('look', answer);
    // INVARIANT: governance binds nobody who has the right to pass it by.
    if (answer.header?.('x-amz-object-lock-mode') !== 'COMPLIANCE') return undefined;
    const day = Date.parse(answer.header('x-amz-object-lock-retain-until-date') ?? '');
    return day > this.#now() ? day : undefined;
  }

  /** Asked once; a bucket that does not lock is asked again, since somebody may mend it. */
  async #checkLocks(): Promise<void> {
    this.#locks ??= this.#askLocks().catch((fault: unknown) => {
      this.#locks = undefined;
      throw fault;
    });
    await this.#locks;
  }

  async #askLocks(): Promise<void> {
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

/** Stores keep whole seconds; never earlier than was asked. */
function wholeSecond(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

/** What came over another way than it left is refused by the store. */
function checked(bytes: Uint8Array): Record<string, string> {
  const digest = (of: string): string => createHash(of).update(bytes).digest('base64');
  return { 'content-md5': digest('md5'), 'x-amz-checksum-sha256': digest('sha256') };
}
