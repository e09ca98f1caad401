import { BailiwickError } from '#kernel/errors.ts';

interface BucketPlace {
  readonly bucket: string;
  /** Empty, or words that end with `/`. */
  readonly prefix: string;
  /** Origin, without a path. */
  readonly endpoint: string;
  /** Undefined is the environment. */
  readonly credentialsFile: string | undefined;
  /** How long is kept what no profile promises longer. */
  readonly keepMs: number;
}

/** A bucket of S3, or of a store that speaks as S3 does. */
export interface S3Place extends BucketPlace {
  readonly kind: 's3';
  readonly region: string;
  /** `https://HOST/BUCKET/…`, not `https://BUCKET.HOST/…`. */
  readonly isPathStyle: boolean;
}

/** A container of Azure Blob Storage. */
export interface AzurePlace extends BucketPlace {
  readonly kind: 'azblob';
  readonly account: string;
}

/** A bucket of Google Cloud Storage. */
export interface GcsPlace extends BucketPlace {
  readonly kind: 'gs';
}

export type ArchivePlace =
  | { readonly kind: 'folder'; readonly path: string }
  | S3Place
  | AzurePlace
  | GcsPlace;

const dayMs = 86_400_000;
/**
 * What is locked cannot be taken back by anybody, so what nobody asked to be kept is kept for a month: long enough to
 * notice, short enough for a mistake.
 */
const usualKeepDays = 30;

/** Whether this names a store by URL; anything else is a folder. */
export function isArchiveUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//iu.test(text);
}

/** INVARIANT: a credential in the URL is refused: it would stand in lists of processes and in the status. */
export function parseArchivePlace(text: string, env: NodeJS.ProcessEnv): ArchivePlace {
  if (!isArchiveUrl(text)) return { kind: 'folder', path: text };
  const url = URL.parse(text);
  if (url === null) throw wrong('this is no URL');
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw wrong('no user, password or fragment belongs into it; credentials stand in a file');
  }
  if (url.protocol === 's3:') return s3Place(url, env);
  if (url.protocol === 'azblob:') return azurePlace(url);
  if (url.protocol === 'gs:') return gcsPlace(url);
  throw wrong(
    `\`${url.protocol}//\` is not known; \`s3://\`, \`azblob://\`, \`gs://\` and folders are`,
  );
}

function azurePlace(url: URL): AzurePlace {
  const asked = wordsOf(url, ['account', 'endpoint', 'credentials', 'keep']);
  const account = asked('account') ?? '';
  if (!/^[a-z0-9]{3,24}$/u.test(account)) {
    throw wrong('say the account of the container: `azblob://CONTAINER/PREFIX?account=NAME`');
  }
  const endpoint = asked('endpoint') ?? `https://${account}.blob.core.windows.net`;
  return { kind: 'azblob', account, ...bucketPlace(url, asked, endpoint) };
}

function gcsPlace(url: URL): GcsPlace {
  const asked = wordsOf(url, ['endpoint', 'credentials', 'keep']);
  const endpoint = asked('endpoint') ?? 'https://storage.googleapis.com';
  return { kind: 'gs', ...bucketPlace(url, asked, endpoint) };
}

function bucketPlace(
  url: URL,
  asked: (name: string) => string | undefined,
  endpoint: string,
): BucketPlace {
  const bucket = url.hostname;
  if (!/^[a-z0-9][a-z0-9._-]{1,221}[a-z0-9]$/u.test(bucket) || url.port !== '') {
    throw wrong(`its host is the name of a bucket: \`${url.protocol}//BUCKET/PREFIX\``);
  }
  return {
    bucket,
    prefix: prefixOf(url),
    endpoint: endpointOf(endpoint),
    credentialsFile: fileOf(asked('credentials')),
    keepMs: keepOf(asked('keep')),
  };
}

function s3Place(url: URL, env: NodeJS.ProcessEnv): S3Place {
  const asked = wordsOf(url, ['endpoint', 'region', 'style', 'credentials', 'keep']);
  const region =
    asked('region') ?? env['AWS_REGION'] ?? (asked('endpoint') === undefined ? '' : 'us-east-1');
  if (!/^[a-z0-9-]{1,40}$/u.test(region)) {
    throw wrong('say the region of the bucket: `?region=eu-central-1`');
  }
  const style = asked('style') ?? (asked('endpoint') === undefined ? 'virtual' : 'path');
  if (style !== 'path' && style !== 'virtual') throw wrong('`style` is path or virtual');
  const endpoint = asked('endpoint') ?? `https://s3.${region}.amazonaws.com`;
  const place = bucketPlace(url, asked, endpoint);
  // A certificate for `*.HOST` holds for no bucket with a dot in it.
  return {
    kind: 's3',
    region,
    isPathStyle: style === 'path' || place.bucket.includes('.'),
    ...place,
  };
}

/** What nobody reads is a mistake: what it was meant for would not happen. */
function wordsOf(url: URL, known: readonly string[]): (name: string) => string | undefined {
  for (const name of url.searchParams.keys()) {
    if (!known.includes(name)) throw wrong(`\`${name}\` is not known; ${known.join(', ')} are`);
    if (url.searchParams.getAll(name).length > 1) throw wrong(`\`${name}\` stands there twice`);
  }
  return (name) => {
    const value = url.searchParams.get(name);
    return value === null || value === '' ? undefined : value;
  };
}

function prefixOf({ pathname }: URL): string {
  const words = pathname.replace(/^\/+|\/+$/gu, '');
  if (words === '') return '';
  if (/^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/u.test(words)) {
    return `${words}/`;
  }
  throw wrong('its path is of letters, digits, `.`, `_` and `-`');
}

function endpointOf(text: string): string {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url !== null && isWeb && `${url.origin}/` === url.href) return url.origin;
  throw wrong('`endpoint` takes https://HOST or https://HOST:PORT, without a path');
}

function fileOf(path: string | undefined): string | undefined {
  if (path === undefined || path.startsWith('/')) return path;
  throw wrong('`credentials` takes the whole path of a file');
}

function keepOf(text: string | undefined): number {
  const [, days] = /^([1-9]\d{0,4})d$/u.exec(text ?? `${usualKeepDays}d`) ?? [];
  if (days !== undefined) return Number(days) * dayMs;
  throw wrong('`keep` takes a number of days: `keep=400d`');
}

function wrong(message: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `the URL of the archive: ${message}`,
    suggestedAction: 'read docs/audit.md, "Kept elsewhere"',
  });
}
