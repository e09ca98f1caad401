import type { S3Place } from '#contracts/archive-place.ts';
import type { OutboundAnswer } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { askStore, isPassingStatus, type StoreLine } from '../wire/ask-store.ts';
import type { ObjectVersion } from '../wire/versions.ts';
import { textOf } from '../wire/xml.ts';
import { parseVersions } from './s3-versions.ts';
import { type AwsCredentials, signV4, strictly } from './signature.ts';

export interface BucketAsk {
  readonly method: 'GET' | 'HEAD' | 'PUT';
  /** Below the prefix; undefined asks about the bucket. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** One bucket, asked in its own words: addresses, signatures, pages. */
export interface S3Bucket {
  ask(ask: BucketAsk): Promise<OutboundAnswer>;
  /** Of all names that begin so, every version and mark, page by page. */
  versions(prefix: string): AsyncIterable<readonly ObjectVersion[]>;
}

export interface BucketParts {
  readonly place: S3Place;
  readonly line: StoreLine;
  readonly credentials: () => Promise<AwsCredentials>;
  readonly now: () => number;
}

export function openBucket({ place, line, credentials, now }: BucketParts): S3Bucket {
  const ask = ({ method, key, query = {}, headers = {}, body }: BucketAsk) =>
    askStore(
      line,
      async () => {
        const url = addressOf(place, key, query);
        const by = { credentials: await credentials(), region: place.region, service: 's3' };
        const signed = signV4({ method, url, headers, body: body ?? '' }, { ...by, now: now() });
        return { url: url.href, method, headers: signed, ...(body === undefined ? {} : { body }) };
      },
      isPassing,
    );
  return { ask, versions: (prefix) => allVersions(ask, `${place.prefix}${prefix}`, place.prefix) };
}

function addressOf(
  { endpoint, bucket, prefix, isPathStyle }: S3Place,
  key: string | undefined,
  query: Readonly<Record<string, string>>,
): URL {
  const base = new URL(endpoint);
  const host = isPathStyle ? base.host : `${bucket}.${base.host}`;
  const path = [...(isPathStyle ? [bucket] : []), ...(key === undefined ? [] : [prefix + key])];
  const asked = Object.entries(query).map(
    ([name, value]) => `${strictly(name)}=${strictly(value)}`,
  );
  const tail = asked.length === 0 ? '' : `?${asked.join('&')}`;
  return new URL(`${base.protocol}//${host}/${path.join('/')}${tail}`);
}

/** Two that put one name at once: one of them is told to try again, and then learns that it is taken. */
function isPassing(answer: OutboundAnswer): boolean {
  if (isPassingStatus(answer)) return true;
  const code = answer.status === 409 ? textOf(answer.body.toString('utf8'), 'Code') : undefined;
  return code === 'ConditionalRequestConflict' || code === 'OperationAborted';
}

/** A page has a thousand; a store that goes in circles is no archive. */
const mostPages = 100_000;

async function* allVersions(
  ask: S3Bucket['ask'],
  begins: string,
  prefix: string,
): AsyncGenerator<readonly ObjectVersion[]> {
  let from: { readonly key: string; readonly id: string } | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const marker: Record<string, string> =
      from === undefined ? {} : { 'key-marker': from.key, 'version-id-marker': from.id };
    const query = { versions: '', prefix: begins, 'encoding-type': 'url', ...marker };
    const answer = await ask({ method: 'GET', query });
    const xml = answer.body.toString('utf8');
    if (answer.status !== 200) throw unlisted(answer.status, textOf(xml, 'Code'));
    const { versions, next } = parseVersions(xml, prefix);
    yield versions;
    if (next === undefined) return;
    if (next.key === from?.key && next.id === from.id)
      throw unlisted(answer.status, 'the same page again');
    from = next;
  }
  throw unlisted(200, 'without an end');
}

function unlisted(status: number, code = ''): BailiwickError {
  const said = /^[A-Za-z ]{1,64}$/u.test(code) ? ` (${code})` : '';
  return new BailiwickError('outbound/refused', {
    message: `it answers ${status}${said} to \`list versions\``,
  });
}
