import { createHash, randomBytes } from 'node:crypto';
import {
  FakeStoreServer,
  LockedObjects,
  type LockedVersion,
  type StoreAnswer,
  type StoreRequest,
} from './fake-locked-objects.ts';

/** The JSON API of Cloud Storage as its documentation describes it: one bucket with object retention. */
export class FakeGcs {
  readonly bucket = 'logs';
  readonly token = randomBytes(16).toString('hex');
  readonly store = new LockedObjects();
  retains = true;
  versioned = true;
  readonly server = new FakeStoreServer((request) => this.#answer(request));

  #answer(request: StoreRequest): StoreAnswer {
    const { method, url, headers } = request;
    if (headers['authorization'] !== `Bearer ${this.token}`) return { status: 401 };
    const at = `/storage/v1/b/${this.bucket}`;
    if (url.pathname === at) return json(this.#about());
    if (url.pathname === `/upload${at}/o` && method === 'POST') return this.#insert(request);
    if (url.pathname === `${at}/o`) return this.#list(url);
    if (!url.pathname.startsWith(`${at}/o/`)) return { status: 404 };
    const name = decodeURIComponent(url.pathname.slice(`${at}/o/`.length));
    const version = this.store.version(name, url.searchParams.get('generation'));
    if (version === undefined) return { status: 404 };
    if (method === 'DELETE') return this.#delete(name, url, version);
    if (method === 'PATCH') return this.#patch(version, request.body);
    if (url.searchParams.get('alt') === 'media') return { status: 200, body: version.bytes };
    return json(viewOf(name, version));
  }

  #about() {
    return {
      ...(this.retains ? { objectRetention: { mode: 'Enabled' } } : {}),
      versioning: { enabled: this.versioned },
    };
  }

  #insert({ url, headers, body }: StoreRequest): StoreAnswer {
    const boundary = /boundary=(\S+)$/u.exec(headers['content-type'] ?? '')?.[1] ?? 'none';
    const begin = body.indexOf('\r\n\r\n') + 4;
    const end = body.indexOf(`\r\n--${boundary}`, begin);
    const about = JSON.parse(body.subarray(begin, end).toString()) as {
      readonly name: string;
      readonly md5Hash: string;
      readonly retention?: { readonly mode: string; readonly retainUntilTime: string };
    };
    const media = body.subarray(
      body.indexOf('\r\n\r\n', end) + 4,
      body.lastIndexOf(`\r\n--${boundary}--`),
    );
    if (createHash('md5').update(media).digest('base64') !== about.md5Hash) return { status: 400 };
    const isTaken = this.store.current(about.name) !== undefined;
    if (url.searchParams.get('ifGenerationMatch') === '0' && isTaken) return { status: 412 };
    if (about.retention !== undefined && !this.retains) return { status: 400 };
    const { mode, retainUntilTime = '' } = about.retention ?? {};
    const until = Date.parse(retainUntilTime);
    const lock = { mode, until: Number.isNaN(until) ? undefined : until };
    return json(viewOf(about.name, this.store.put(about.name, Buffer.from(media), lock)));
  }

  #delete(name: string, url: URL, version: LockedVersion): StoreAnswer {
    if (!url.searchParams.has('generation')) {
      this.store.hide(name);
      return { status: 204 };
    }
    return { status: this.store.remove(name, version) ? 204 : 403 };
  }

  #patch(version: LockedVersion, body: Buffer): StoreAnswer {
    const { retention } = JSON.parse(body.toString()) as {
      readonly retention: { readonly mode: string; readonly retainUntilTime: string };
    };
    const until = Date.parse(retention.retainUntilTime);
    return { status: this.store.keep(version, retention.mode, until) ? 200 : 403 };
  }

  #list({ searchParams }: URL): StoreAnswer {
    const from = Number(searchParams.get('pageToken') ?? 0);
    const { rows, next } = this.store.page(searchParams.get('prefix') ?? '', from);
    const items = rows.map(({ name, version }) => viewOf(name, version));
    return json({ items, ...(next === '' ? {} : { nextPageToken: next }) });
  }
}

function viewOf(name: string, { id, isCurrent, mode, until }: LockedVersion) {
  return {
    name,
    generation: id,
    ...(isCurrent ? {} : { timeDeleted: '2026-11-27T00:00:00Z' }),
    ...(mode === undefined || until === undefined
      ? {}
      : { retention: { mode, retainUntilTime: new Date(until).toISOString() } }),
  };
}

function json(value: unknown): StoreAnswer {
  return { status: 200, body: JSON.stringify(value) };
}
