import { createHash, createHmac, randomBytes } from 'node:crypto';
import {
  FakeStoreServer,
  LockedObjects,
  type LockedVersion,
  type StoreAnswer,
  type StoreRequest,
} from './fake-locked-objects.ts';

/** Blob Storage as its documentation describes it: one account, one container, immutability of versions. */
export class FakeAzure {
  readonly account = 'acme1';
  readonly container = 'logs';
  readonly key = randomBytes(64).toString('base64');
  readonly token = randomBytes(16).toString('hex');
  readonly store = new LockedObjects();
  isImmutable = true;
  readonly server = new FakeStoreServer((request) => this.#answer(request));

  #answer(request: StoreRequest): StoreAnswer {
    const { method, url, headers } = request;
    if (!this.#isKnown(request)) return no(403, 'AuthenticationFailed');
    const [, container, ...rest] = decodeURIComponent(url.pathname).split('/');
    if (container !== this.container) return no(404, 'ContainerNotFound');
    const name = rest.join('/');
    const comp = url.searchParams.get('comp');
    if (name === '') return comp === 'list' ? this.#list(url) : this.#about();
    if (method === 'PUT' && comp === null) return this.#put(name, request);
    const version = this.store.version(name, url.searchParams.get('versionid'));
    if (version === undefined) return no(404, 'BlobNotFound');
    if (method === 'PUT' && comp === 'immutabilityPolicies') {
      const until = Date.parse(headers['x-ms-immutability-policy-until-date'] ?? '');
      const isKept = this.store.keep(version, headers['x-ms-immutability-policy-mode'], until);
      return isKept ? { status: 200 } : no(409, 'BlobImmutableDueToPolicy');
    }
    if (method === 'DELETE') return this.#delete(name, url, version);
    return { status: 200, headers: policyOf(version), body: version.bytes };
  }

  /** By the bytes that came, as the service describes its check. */
  #isKnown({ method, url, headers, body }: StoreRequest): boolean {
    if (headers['authorization'] === `Bearer ${this.token}`) return true;
    const lines = [method];
    for (const name of ['content-encoding', 'content-language']) lines.push(headers[name] ?? '');
    lines.push(body.length === 0 ? '' : `${body.length}`);
    for (const name of ['content-md5', 'content-type', 'date', 'if-modified-since', 'if-match']) {
      lines.push(headers[name] ?? '');
    }
    for (const name of ['if-none-match', 'if-unmodified-since', 'range']) {
      lines.push(headers[name] ?? '');
    }
    for (const name of Object.keys(headers).sort()) {
      if (name.startsWith('x-ms-')) lines.push(`${name}:${headers[name]}`);
    }
    lines.push(`/${this.account}${url.pathname}`);
    for (const name of [...url.searchParams.keys()].sort()) {
      lines.push(`${name}:${url.searchParams.get(name)}`);
    }
    const hmac = createHmac('sha256', Buffer.from(this.key, 'base64'));
    const right = hmac.update(lines.join('\n')).digest('base64');
    return headers['authorization'] === `SharedKey ${this.account}:${right}`;
  }

  #about(): StoreAnswer {
    const name = 'x-ms-immutable-storage-with-versioning-enabled';
    return { status: 200, headers: { [name]: String(this.isImmutable) } };
  }

  #put(name: string, { headers, body }: StoreRequest): StoreAnswer {
    const md5 = createHash('md5').update(body).digest('base64');
    if ((headers['content-md5'] ?? md5) !== md5) return no(400, 'Md5Mismatch');
    if (headers['x-ms-blob-type'] !== 'BlockBlob') return no(400, 'MissingRequiredHeader');
    if (headers['if-none-match'] === '*' && this.store.current(name) !== undefined) {
      return no(409, 'BlobAlreadyExists');
    }
    const mode = headers['x-ms-immutability-policy-mode'];
    const until = Date.parse(headers['x-ms-immutability-policy-until-date'] ?? '');
    if (mode !== undefined && !this.isImmutable) return no(409, 'ImmutabilityNotEnabled');
    this.store.put(name, body, { mode, until: Number.isNaN(until) ? undefined : until });
    return { status: 201 };
  }

  #delete(name: string, url: URL, version: LockedVersion): StoreAnswer {
    if (!url.searchParams.has('versionid')) {
      this.store.hide(name);
      return { status: 202 };
    }
    return this.store.remove(name, version) ? { status: 202 } : no(409, 'BlobImmutableDueToPolicy');
  }

  #list({ searchParams }: URL): StoreAnswer {
    const from = Number(searchParams.get('marker') ?? 0);
    const { rows, next } = this.store.page(searchParams.get('prefix') ?? '', from);
    const blobs = rows.map(({ name, version }) => {
      const current = version.isCurrent ? '<IsCurrentVersion>true</IsCurrentVersion>' : '';
      return `<Blob><Name>${name}</Name><VersionId>${version.id}</VersionId>${current}</Blob>`;
    });
    const marker = next === '' ? '<NextMarker />' : `<NextMarker>${next}</NextMarker>`;
    const body = `<EnumerationResults><Blobs>${blobs.join('')}</Blobs>${marker}</EnumerationResults>`;
    return { status: 200, body };
  }
}

function policyOf({ mode, until }: LockedVersion): Record<string, string> {
  if (mode === undefined || until === undefined) return {};
  return {
    'x-ms-immutability-policy-mode': mode.toLowerCase(),
    'x-ms-immutability-policy-until-date': new Date(until).toUTCString(),
  };
}

function no(status: number, code: string): StoreAnswer {
  return { status, headers: { 'x-ms-error-code': code } };
}
