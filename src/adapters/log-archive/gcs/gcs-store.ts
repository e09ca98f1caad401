import { createHash, randomUUID } from 'node:crypto';
import type { GcsPlace } from '#contracts/archive-place.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { isJsonObject, type JsonObject, parseJson } from '#kernel/json/index.ts';
import { askStore, type StoreAsk, type StoreLine, unavailable } from '../wire/ask-store.ts';
import type { LockedStore } from '../wire/locked-archive.ts';
import { byName, type ListedVersion, type ObjectVersion, withMarks } from '../wire/versions.ts';

export interface GcsParts {
  readonly place: GcsPlace;
  readonly line: StoreLine;
  readonly token: () => Promise<string>;
}

type GcsAsk = Omit<StoreAsk, 'url' | 'headers'> & {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly type?: string;
};

/**
 * A bucket with Object Retention Lock; every object is put with a locked retention of its own. By the documented shape of
 * the JSON API: it was never held against the real service.
 */
export class GcsStore implements LockedStore {
  readonly where: string;
  readonly enforcedBy =
    'Cloud Storage object retention, locked: until its day nobody deletes an object or shortens its time';
  readonly keepMs: number;
  readonly #parts: GcsParts;
  readonly #bucket: string;

  constructor(parts: GcsParts) {
    const { place } = parts;
    this.#parts = parts;
    this.#bucket = `/storage/v1/b/${encodeURIComponent(place.bucket)}`;
    this.keepMs = place.keepMs;
    this.where = `gs://${place.bucket}/${place.prefix} at ${new URL(place.endpoint).host}`;
  }

  async put(name: string, bytes: Uint8Array, until: number): Promise<'stored' | 'taken'> {
    const boundary = randomUUID();
    const about = {
      name: `${this.#parts.place.prefix}${name}`,
      contentType: 'application/octet-stream',
      md5Hash: createHash('md5').update(bytes).digest('base64'),
      retention: retention(until),
    };
    const body = Buffer.concat([
      Buffer.from(
        `--${boundary}\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(about)}\r\n` +
          `--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`,
      ),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const answer = await this.#ask({
      method: 'POST',
      path: `/upload${this.#bucket}/o`,
      // Only where no live object has this name.
      query: { uploadType: 'multipart', ifGenerationMatch: '0' },
      type: `multipart/related; boundary=${boundary}`,
      body,
    });
    if (answer.status === 200) return 'stored';
    if (answer.status === 412) return 'taken';
    throw this.#refused('put', answer);
  }

  async extend(version: ObjectVersion, until: number): Promise<void> {
    const answer = await this.#ask({
      method: 'PATCH',
      path: this.#pathOf(version),
      query: { generation: version.id },
      type: 'application/json',
      body: JSON.stringify({ retention: retention(until) }),
    });
    if (answer.status !== 200) throw this.#refused('extend', answer);
  }

  async *versions(prefix: string): AsyncGenerator<readonly ObjectVersion[]> {
    for await (const found of byName(this.#pages(prefix))) {
      yield withMarks(found.toSorted((one, other) => Number(BigInt(other.id) - BigInt(one.id))));
    }
  }

  async *#pages(prefix: string): AsyncGenerator<readonly ListedVersion[]> {
    const { place } = this.#parts;
    let pageToken = '';
    do {
      const answer = await this.#ask({
        method: 'GET',
        path: `${this.#bucket}/o`,
        query: {
          versions: 'true',
          prefix: `${place.prefix}${prefix}`,
          ...(pageToken === '' ? {} : { pageToken }),
        },
      });
      if (answer.status !== 200) throw this.#refused('list versions', answer);
      const { items, nextPageToken } = jsonIn(answer);
      const found: ListedVersion[] = [];
      for (const item of Array.isArray(items) ? (items as readonly unknown[]) : []) {
        const { name, generation, timeDeleted } = item as JsonObject;
        if (typeof name !== 'string' || typeof generation !== 'string') continue;
        const isCurrent = timeDeleted === undefined;
        found.push({ name: name.slice(place.prefix.length), id: generation, isCurrent });
      }
      yield found;
      const next = typeof nextPageToken === 'string' ? nextPageToken : '';
      if (next !== '' && next === pageToken) {
        throw unavailable(this.where, 'its list goes in circles');
      }
      pageToken = next;
    } while (pageToken !== '');
  }

  async read(version: ObjectVersion): Promise<Uint8Array> {
    const query = { alt: 'media', generation: version.id };
    const answer = await this.#ask({ method: 'GET', path: this.#pathOf(version), query });
    if (answer.status !== 200) throw this.#refused('read', answer);
    return answer.body;
  }

  /** INVARIANT: an unlocked retention binds nobody who may change it. */
  async lockedUntil(version: ObjectVersion): Promise<number | undefined> {
    const query = { generation: version.id };
    const answer = await this.#ask({ method: 'GET', path: this.#pathOf(version), query });
    if (answer.status !== 200) throw this.#refused('look', answer);
    const { retention: kept } = jsonIn(answer);
    if (!isJsonObject(kept) || kept['mode'] !== 'Locked') return undefined;
    const { retainUntilTime } = kept;
    const day = Date.parse(typeof retainUntilTime === 'string' ? retainUntilTime : '');
    return Number.isNaN(day) ? undefined : day;
  }

  async checkLocks(): Promise<void> {
    const answer = await this.#ask({ method: 'GET', path: this.#bucket });
    if (answer.status !== 200) throw this.#refused('ask whether it locks', answer);
    const { objectRetention, versioning } = jsonIn(answer);
    const { bucket } = this.#parts.place;
    if (!isJsonObject(objectRetention) || objectRetention['mode'] !== 'Enabled') {
      throw unavailable(
        this.where,
        `bucket \`${bucket}\` has no object retention, so nothing would be kept there`,
      );
    }
    if (!isJsonObject(versioning) || versioning['enabled'] !== true) {
      throw unavailable(this.where, `bucket \`${bucket}\` has no versioning`);
    }
  }

  #pathOf({ name }: ObjectVersion): string {
    return `${this.#bucket}/o/${encodeURIComponent(`${this.#parts.place.prefix}${name}`)}`;
  }

  #ask({ path, query = {}, type, ...ask }: GcsAsk): Promise<OutboundAnswer> {
    const { place, line, token } = this.#parts;
    const url = new URL(`${place.endpoint}${path}`);
    url.search = new URLSearchParams(query).toString();
    return askStore(line, async () => ({
      ...ask,
      url: url.href,
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(type === undefined ? {} : { 'content-type': type }),
      },
    }));
  }

  /** INVARIANT: of what a store writes only its status is told. */
  #refused(what: string, { status }: OutboundAnswer): Error {
    return unavailable(this.where, `it answers ${status} to \`${what}\``);
  }
}

function retention(until: number): JsonObject {
  return { mode: 'Locked', retainUntilTime: new Date(until).toISOString() };
}

function jsonIn({ body }: OutboundAnswer): JsonObject {
  const read = parseJson(body, { maxBytes: 67_108_864 });
  return isJsonObject(read) ? read : {};
}
