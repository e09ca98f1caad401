import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type S3Key, signatureFault } from './fake-s3-signature.ts';

interface Version {
  readonly id: string;
  readonly isMark: boolean;
  readonly bytes: Buffer;
  mode: string | undefined;
  until: number | undefined;
}

interface Bucket {
  readonly locks: boolean;
  readonly versioned: boolean;
  /** Of each key the oldest first. */
  readonly objects: Map<string, Version[]>;
}

interface Asked {
  readonly method: string;
  readonly bucket: Bucket;
  readonly name: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly may: (right: string) => boolean;
}

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly xml?: string;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A store that behaves as S3 does with Object Lock: signatures, rights, versions, marks, conditional puts, pages, days
 * that only grow. It is asked by what stands on the wire and knows nothing of who asks.
 */
export class FakeS3 {
  readonly keys = new Map<string, S3Key>();
  readonly buckets = new Map<string, Bucket>();
  readonly log: { readonly method: string; readonly target: string; readonly status: number }[] =
    [];
  /** So many requests are answered 503; so many are done and then not answered. */
  busy = 0;
  lost = 0;
  pageSize = 3;
  now: () => number = Date.now;
  #server: Server | undefined;

  async open(): Promise<string> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** A credential that is made now. */
  key(
    rights?: readonly string[],
    token?: string,
  ): { readonly id: string; readonly secret: string } {
    const id = `AK${randomBytes(8).toString('hex').toUpperCase()}`;
    const secret = randomBytes(20).toString('base64');
    this.keys.set(id, {
      secret,
      ...(rights === undefined ? {} : { rights }),
      ...(token === undefined ? {} : { token }),
    });
    return { id, secret };
  }

  bucket(name: string, { locks = true, versioned = true } = {}): void {
    this.buckets.set(name, { locks, versioned, objects: new Map() });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: target = '' } = request;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
    const answer = this.#answer({ method, target, headers, body: Buffer.concat(chunks) });
    this.log.push({ method, target, status: answer.status });
    if (this.lost > 0 && method === 'PUT') {
      this.lost -= 1;
      return void request.socket.destroy();
    }
    const error =
      answer.code === undefined
        ? ''
        : `<?xml version="1.0"?><Error><Code>${answer.code}</Code></Error>`;
    response.writeHead(answer.status, answer.headers ?? {});
    response.end(method === 'HEAD' ? undefined : (answer.body ?? answer.xml ?? error));
  }

  #answer(asked: {
    readonly method: string;
    readonly target: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Buffer;
  }): Answer {
    if (this.busy > 0) {
      this.busy -= 1;
      return no(503, 'SlowDown');
    }
    const { method, target, headers, body } = asked;
    const fault = signatureFault(asked, this.keys, this.now());
    if (fault !== undefined) return no(403, fault);
    const [path = '', search = ''] = target.split('?');
    const host = /^([a-z0-9-]+)\.localhost(?::|$)/u.exec(headers['host'] ?? '')?.[1];
    const parts = decodeURIComponent(path).slice(1).split('/');
    const name = host ?? parts.shift() ?? '';
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return no(404, 'NoSuchBucket');
    const query = new URLSearchParams(search);
    const [, id = ''] = /Credential=([^/]+)/u.exec(headers['authorization'] ?? '') ?? [];
    const rights = this.keys.get(id)?.rights;
    const may = (right: string) => rights === undefined || rights.includes(right);
    const one = { method, bucket, name, key: parts.join('/'), query, headers, body, may };
    const [right, act] = this.#act(one);
    return may(right) ? act() : no(403, 'AccessDenied');
  }

  #act(one: Asked): readonly [right: string, act: () => Answer] {
    const { method, query, key } = one;
    if (key === '') {
      if (query.has('object-lock')) return ['GetBucketObjectLockConfiguration', () => lockOf(one)];
      if (query.has('versioning')) return ['GetBucketVersioning', () => versioningOf(one)];
      if (query.has('versions')) return ['ListBucketVersions', () => this.#versions(one)];
      return ['ListBucket', () => no(501, 'NotImplemented')];
    }
    const isVersion = query.has('versionId');
    if (method === 'DELETE') {
      const right = isVersion ? 'DeleteObjectVersion' : 'DeleteObject';
      return [right, () => this.#delete(one)];
    }
    if (query.has('retention')) return ['PutObjectRetention', () => this.#retain(one)];
    if (method === 'PUT') return ['PutObject', () => this.#put(one)];
    return [isVersion ? 'GetObjectVersion' : 'GetObject', () => this.#get(one)];
  }

  #put({ bucket, key, headers, body, may }: Asked): Answer {
    const md5 = createHash('md5').update(body).digest('base64');
    const sum = createHash('sha256').update(body).digest('base64');
    const mode = headers['x-amz-object-lock-mode'];
    if ((headers['content-md5'] ?? md5) !== md5) return no(400, 'BadDigest');
    if ((headers['x-amz-checksum-sha256'] ?? sum) !== sum) return no(400, 'BadDigest');
    if (mode !== undefined && !may('PutObjectRetention')) return no(403, 'AccessDenied');
    if (mode !== undefined && !bucket.locks) return no(400, 'InvalidRequest');
    if (mode !== undefined && headers['content-md5'] === undefined)
      return no(400, 'InvalidRequest');
    const there = bucket.objects.get(key) ?? [];
    const isTaken = there.length > 0 && there.at(-1)?.isMark !== true;
    if (headers['if-none-match'] === '*' && isTaken) return no(412, 'PreconditionFailed');
    const until = Date.parse(headers['x-amz-object-lock-retain-until-date'] ?? '');
    if (mode !== undefined && !(until > this.now())) return no(400, 'InvalidArgument');
    const version = { ...fresh(body), mode, until: Number.isNaN(until) ? undefined : until };
    bucket.objects.set(key, bucket.versioned ? [...there, version] : [version]);
    return { status: 200, headers: { 'x-amz-version-id': version.id } };
  }

  #get({ bucket, key, query, method, may }: Asked): Answer {
    const version = versionOf(bucket, key, query);
    if (version === undefined) return no(404, 'NoSuchKey');
    if (version.isMark)
      return { ...no(404, 'NoSuchKey'), headers: { 'x-amz-delete-marker': 'true' } };
    const lock =
      version.mode === undefined || version.until === undefined || !may('GetObjectRetention')
        ? {}
        : {
            'x-amz-object-lock-mode': version.mode,
            'x-amz-object-lock-retain-until-date': new Date(version.until).toISOString(),
          };
    const headers = { 'x-amz-version-id': version.id, ...lock };
    return { status: 200, headers, ...(method === 'HEAD' ? {} : { body: version.bytes }) };
  }

  #delete({ bucket, key, query }: Asked): Answer {
    const there = bucket.objects.get(key) ?? [];
    if (!query.has('versionId')) {
      bucket.objects.set(key, [...there, { ...fresh(Buffer.alloc(0)), isMark: true }]);
      return { status: 204, headers: { 'x-amz-delete-marker': 'true' } };
    }
    const version = versionOf(bucket, key, query);
    if ((version?.until ?? 0) > this.now()) return no(403, 'AccessDenied');
    bucket.objects.set(
      key,
      there.filter((one) => one !== version),
    );
    return { status: 204 };
  }

  #retain({ bucket, key, query, body }: Asked): Answer {
    const version = versionOf(bucket, key, query);
    const [, mode] = /<Mode>(\w+)<\/Mode>/u.exec(body.toString()) ?? [];
    const [, day = ''] = /<RetainUntilDate>([^<]+)</u.exec(body.toString()) ?? [];
    const until = Date.parse(day);
    if (version === undefined || version.isMark) return no(404, 'NoSuchKey');
    const isBound = version.mode === 'COMPLIANCE' && (version.until ?? 0) > this.now();
    const isLess = mode !== 'COMPLIANCE' || Number.isNaN(until) || until < (version.until ?? 0);
    if (isBound && isLess) return no(403, 'AccessDenied');
    version.mode = mode;
    version.until = until;
    return { status: 200 };
  }

  #versions({ bucket, query }: Asked): Answer {
    const after = query.get('version-id-marker');
    const rows = [...bucket.objects]
      .filter(([key]) => key.startsWith(query.get('prefix') ?? ''))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([key, all]) => all.toReversed().map((version) => ({ key, version })));
    const from = after === null ? 0 : rows.findIndex(({ version }) => version.id === after) + 1;
    const page = rows.slice(from, from + this.pageSize);
    const last = page.at(-1);
    const isMore = last !== undefined && from + page.length < rows.length;
    const elements = page.map(({ key, version }) => {
      const kind = version.isMark ? 'DeleteMarker' : 'Version';
      return `<${kind}><Key>${encodeURIComponent(key)}</Key><VersionId>${version.id}</VersionId></${kind}>`;
    });
    const next = isMore
      ? `<NextKeyMarker>${encodeURIComponent(last.key)}</NextKeyMarker><NextVersionIdMarker>${last.version.id}</NextVersionIdMarker>`
      : '';
    const xml = `<ListVersionsResult><IsTruncated>${isMore}</IsTruncated>${next}${elements.join('')}</ListVersionsResult>`;
    return { status: 200, xml };
  }
}

function fresh(bytes: Buffer): Version {
  const id = randomBytes(12).toString('base64url');
  return { id, isMark: false, bytes, mode: undefined, until: undefined };
}

function versionOf(bucket: Bucket, key: string, query: URLSearchParams): Version | undefined {
  const there = bucket.objects.get(key) ?? [];
  const id = query.get('versionId');
  return id === null ? there.at(-1) : there.find((one) => one.id === id);
}

function lockOf({ bucket }: Asked): Answer {
  if (!bucket.locks) return no(404, 'ObjectLockConfigurationNotFoundError');
  const xml =
    '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>';
  return { status: 200, xml };
}

function versioningOf({ bucket }: Asked): Answer {
  const status = bucket.versioned ? '<Status>Enabled</Status>' : '';
  return { status: 200, xml: `<VersioningConfiguration>${status}</VersioningConfiguration>` };
}

function no(status: number, code: string): Answer {
  return { status, code };
}
