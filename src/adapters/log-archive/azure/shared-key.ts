import { createHmac } from 'node:crypto';

export interface AzureRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in small letters; with `x-ms-date` and `x-ms-version`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyBytes: number;
}

const signedHeaders = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
];

/** What is signed of a request, as Azure's "Authorize with Shared Key" writes it since version 2015-02-21. */
export function stringToSign(account: string, request: AzureRequest): string {
  const { method, url, headers, bodyBytes } = request;
  const length = bodyBytes === 0 ? '' : String(bodyBytes);
  const plain = signedHeaders.map((name) =>
    name === 'content-length' ? length : (headers[name] ?? ''),
  );
  const own = Object.keys(headers)
    .filter((name) => name.startsWith('x-ms-'))
    .sort()
    .map((name) => `${name}:${headers[name]}`);
  const query = [...new Set(url.searchParams.keys())]
    .sort()
    .map((name) => `${name.toLowerCase()}:${url.searchParams.getAll(name).sort().join(',')}`);
  return [method, ...plain, ...own, `/${account}${url.pathname}`, ...query].join('\n');
}

export function sharedKey(account: string, key: string, request: AzureRequest): string {
  const secret = Buffer.from(key, 'base64');
  const text = stringToSign(account, request);
  return `SharedKey ${account}:${createHmac('sha256', secret).update(text, 'utf8').digest('base64')}`;
}
