import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that end by themselves. */
  readonly sessionToken?: string | undefined;
}

export interface ToSign {
  readonly method: string;
  readonly url: URL;
  /** All of these are signed; names in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export interface SignedBy {
  readonly credentials: AwsCredentials;
  readonly region: string;
  readonly service: string;
  readonly now: number;
}

/**
 * The headers of a request as AWS Signature Version 4 wants them, in the one variant that is used here: the whole body
 * is signed, and every header that is given. What was changed on the way is refused by whoever checks it.
 */
export function signV4(request: ToSign, by: SignedBy): Record<string, string> {
  const { credentials, region, service } = by;
  const time = new Date(by.now).toISOString().replaceAll(/[-:]|\.\d{3}/gu, '');
  const day = time.slice(0, 8);
  const bodyHash = sha256(request.body);
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.url.host,
    'x-amz-content-sha256': bodyHash,
    'x-amz-date': time,
    ...(credentials.sessionToken === undefined
      ? {}
      : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    request.method,
    canonicalPath(request.url),
    canonicalQuery(request.url),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replaceAll(/ +/gu, ' ')}`),
    '',
    names.join(';'),
    bodyHash,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Uint8Array>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`, 'utf8'),
  );
  const signature = hmac(key, text).toString('hex');
  // The client says `host` by itself, and says the same.
  const { host: _, ...sent } = headers;
  return {
    ...sent,
    authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`,
  };
}

/** S3 signs each part of the path once; other services twice. */
function canonicalPath({ pathname }: URL): string {
  return pathname
    .split('/')
    .map((part) => strictly(decodeURIComponent(part)))
    .join('/');
}

function canonicalQuery({ searchParams }: URL): string {
  return (
    [...searchParams]
      .map((pair) => pair.map(strictly))
      // By name, then by value: `=` must not count as a character of the name.
      .sort(([a = '', x = ''], [b = '', y = '']) => compare(a, b) || compare(x, y))
      .map((pair) => pair.join('='))
      .join('&')
  );
}

/** By their bytes, as the algorithm has it. */
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** All but the unreserved characters of RFC 3986. */
export function strictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/gu,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(of: Uint8Array | string): string {
  return createHash('sha256').update(of).digest('hex');
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest();
}
