import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface S3Key {
  readonly secret: string;
  readonly token?: string;
  /** Undefined is all. */
  readonly rights?: readonly string[];
}

export interface SignedRequest {
  readonly method: string;
  /** As it stood on the wire. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/**
 * What a store does with a signature, written from AWS's description of the check and from nothing of ours: by the raw
 * bytes of the request line. Answers the error code, or undefined when all is well.
 */
export function signatureFault(
  request: SignedRequest,
  keys: ReadonlyMap<string, S3Key>,
  now: number,
): string | undefined {
  const { headers, body } = request;
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/u.exec(
      headers['authorization'] ?? '',
    );
  if (match === null) return 'AccessDenied';
  const [, id = '', day = '', region = '', names = '', signature = ''] = match;
  const key = keys.get(id);
  if (key === undefined) return 'InvalidAccessKeyId';
  if (headers['x-amz-security-token'] !== key.token) return 'InvalidToken';
  const stamp = headers['x-amz-date'] ?? '';
  const at = Date.parse(
    stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (!(Math.abs(at - now) < 900_000) || !stamp.startsWith(day)) return 'RequestTimeTooSkewed';
  const hash = createHash('sha256').update(body).digest('hex');
  if (headers['x-amz-content-sha256'] !== hash) return 'XAmzContentSHA256Mismatch';
  const signed = names.split(';');
  const mustBe = Object.keys(headers).filter((name) =>
    /^(?:host$|x-amz-|content-md5$)/u.test(name),
  );
  if (mustBe.some((name) => !signed.includes(name))) return 'AccessDenied';
  const [path = '', query = ''] = request.target.split('?');
  const parts =
    query === '' ? [] : query.split('&').map((one) => (one.includes('=') ? one : `${one}=`));
  let canonical = `${request.method}\n${path}\n${parts.sort().join('&')}\n`;
  for (const name of signed) canonical += `${name}:${(headers[name] ?? '').trim()}\n`;
  canonical += `\n${names}\n${hash}`;
  const digest = createHash('sha256').update(canonical).digest('hex');
  let secret = createHmac('sha256', `AWS4${key.secret}`).update(day).digest();
  for (const one of [region, 's3', 'aws4_request']) {
    secret = createHmac('sha256', secret).update(one).digest();
  }
  const text = `AWS4-HMAC-SHA256\n${stamp}\n${day}/${region}/s3/aws4_request\n${digest}`;
  const right = createHmac('sha256', secret).update(text).digest();
  return timingSafeEqual(right, Buffer.from(signature, 'hex'))
    ? undefined
    : 'SignatureDoesNotMatch';
}
