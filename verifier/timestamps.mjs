/**
 * Reads timestamps of RFC 3161 for `verify.mjs --timestamp-root`: when, by whom, and whether a root that you name speaks for it. Plain
 * Node, no package, no code of the product: to be read by whoever relies on it.
 */
import { createHash, verify as verifySignature, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The values of DER in these bytes, one behind the other. */
function der(bytes) {
  const values = [];
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at + 1] ?? 0x80;
    const count = first < 0x80 ? 0 : first - 0x80;
    if (first === 0x80 || count > 3 || at + 2 + count > bytes.length) throw new Error('no DER');
    const from = at + 2 + count;
    const end = from + (count === 0 ? first : bytes.readUIntBE(at + 2, count));
    if (end > bytes.length) throw new Error('no DER');
    values.push({
      tag: bytes[at],
      body: bytes.subarray(from, end),
      whole: bytes.subarray(at, end),
    });
    at = end;
  }
  return values;
}

function bodyOf(value, tag) {
  if (value?.tag !== tag) throw new Error('it is not what it should be');
  return value.body;
}
const partsOf = (value, tag = 0x30) => der(bodyOf(value, tag));
const oidOf = (value) => bodyOf(value, 0x06).toString('hex');
const hash = (name, bytes) => createHash(name).update(bytes).digest();

const timestampInfo = '2a864886f70d0109100104';
const digestOf = {
  '608648016503040201': 'sha256',
  '608648016503040202': 'sha384',
  '608648016503040203': 'sha512',
};
/** RSA (PKCS 1) and ECDSA; the first with the digest that stands beside it. */
const signers = {
  '2a864886f70d010101': ['rsa'],
  '2a864886f70d01010b': ['rsa', 'sha256'],
  '2a864886f70d01010c': ['rsa', 'sha384'],
  '2a864886f70d01010d': ['rsa', 'sha512'],
  '2a8648ce3d040302': ['ec', 'sha256'],
  '2a8648ce3d040303': ['ec', 'sha384'],
  '2a8648ce3d040304': ['ec', 'sha512'],
};

/** When and by whom, and whether a root speaks for it; throws where it is not over these bytes, or not signed. */
function readTimestamp(bytes, message, roots) {
  const [answer, ...behind] = der(bytes);
  const [status, token] = partsOf(answer);
  if (behind.length > 0 || !['00', '01'].includes(bodyOf(partsOf(status)[0], 0x02).toString('hex')))
    throw new Error('it was not granted');
  const [type, wrapped] = partsOf(token);
  const [, , encapsulated, ...rest] = partsOf(partsOf(wrapped, 0xa0)[0]);
  const [kind, holder] = partsOf(encapsulated);
  const content = bodyOf(partsOf(holder, 0xa0)[0], 0x04);
  const isToken = oidOf(type) === '2a864886f70d010702' && oidOf(kind) === timestampInfo;
  const [, , imprint, , time] = partsOf(der(content)[0]);
  const [algorithm, hashed] = partsOf(imprint);
  const digest = digestOf[oidOf(partsOf(algorithm)[0])];
  if (!isToken || !digest || !bodyOf(hashed, 0x04).equals(hash(digest, message)))
    throw new Error('it is over other bytes');
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.\d+)?Z$/.exec(
      bodyOf(time, 0x18).toString('latin1'),
    ) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const shown = rest.find(({ tag }) => tag === 0xa0);
  const pool = (shown ? partsOf(shown, 0xa0) : []).map(({ whole }) => new X509Certificate(whole));
  const [signer, ...others] = partsOf(rest.at(-1), 0x31);
  const by = signedBy(partsOf(signer), content, [...pool, ...roots]);
  if (others.length > 0 || !isValidAt(by, at))
    throw new Error('its certificate does not count at its time');
  return {
    at,
    by: /^CN=(.+)$/m.exec(by.subject)?.[1] ?? by.serialNumber,
    isTrusted: leadsTo(roots, by, pool, at),
  };
}

/** Its attributes name the certificate and the digest of the content, and are what was signed. */
function signedBy([, , digesting, attributes, signing, signature], content, pool) {
  const digest = digestOf[oidOf(partsOf(digesting)[0])];
  const [kind, own = digest] = signers[oidOf(partsOf(signing)[0])] ?? [];
  const named = {};
  for (const one of partsOf(attributes, 0xa0))
    named[oidOf(partsOf(one)[0])] = partsOf(partsOf(one)[1], 0x31)[0];
  const v1 = '2a864886f70d010910020c';
  const v2 = '2a864886f70d010910022f';
  const parts = partsOf(partsOf(partsOf(named[v2] ?? named[v1])[0])[0]);
  const wanted = parts.find(({ tag }) => tag === 0x04)?.body;
  const said =
    named[v2] && parts[0].tag === 0x30 ? digestOf[oidOf(partsOf(parts[0])[0])] : 'sha256';
  const by = pool.find(({ raw }) => hash(named[v2] ? said : 'sha1', raw).equals(wanted));
  const isOver =
    oidOf(named['2a864886f70d010903']) === timestampInfo &&
    bodyOf(named['2a864886f70d010904'], 0x04).equals(hash(digest, content));
  const isForThis = by?.publicKey.asymmetricKeyType === kind && isForTimestamps(by);
  const signed = Buffer.from(attributes.whole);
  signed[0] = 0x31;
  if (isOver && isForThis && verifySignature(own, signed, by.publicKey, bodyOf(signature, 0x04)))
    return by;
  throw new Error('its signature is wrong, or of a certificate that is not for timestamps alone');
}

function isForTimestamps({ raw, keyUsage }) {
  const list = partsOf(partsOf(der(raw)[0])[0]).find(({ tag }) => tag === 0xa3);
  const usage = partsOf(partsOf(list, 0xa3)[0]).find((one) => oidOf(partsOf(one)[0]) === '551d25');
  return (
    usage !== undefined && partsOf(usage)[1].tag === 0x01 && keyUsage.join() === '1.3.6.1.5.5.7.3.8'
  );
}

const isValidAt = (one, at) => Date.parse(one.validFrom) <= at && at <= Date.parse(one.validTo);
const isIssued = (one, by) => by.ca && one.checkIssued(by) && one.verify(by.publicKey);

/** From who issued to who issued that one, all of them valid at that time. */
function leadsTo(roots, leaf, pool, at) {
  let reached = [leaf];
  for (let depth = 0; depth < 6 && reached.length > 0; depth += 1) {
    if (reached.some((one) => roots.some((root) => root.raw.equals(one.raw)))) return true;
    const issuedThese = (by) => isValidAt(by, at) && reached.some((one) => isIssued(one, by));
    if (roots.some(issuedThese)) return true;
    reached = pool.filter(issuedThese);
  }
  return false;
}

function readRoots(path) {
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
  return (readFileSync(path, 'utf8').match(pem) ?? []).map((one) => new X509Certificate(one));
}

/**
 * Of a log, the newest that a certificate below one of these files speaks for. Whatever is there and is none throws; by
 * whoever else it is, it counts for nothing.
 */
export function newestBelow(files) {
  const roots = files.flatMap(readRoots);
  if (roots.length === 0) throw new Error('--timestamp-root has no certificate');
  return (folder) => {
    const path = join(folder, 'anchors');
    const names = existsSync(path) ? readdirSync(path).sort() : [];
    const found = names.filter((name) => /^\d{16}\.[a-z0-9-]+\.tsr$/.test(name));
    return found.flatMap((name) => told(path, name, roots)).at(-1);
  };
}

function told(path, name, roots) {
  try {
    const message = readFileSync(join(path, `${name.slice(0, 16)}.checkpoint`));
    const { at, by, isTrusted } = readTimestamp(readFileSync(join(path, name)), message, roots);
    const [, size] = message.toString('utf8').split('\n');
    const time = new Date(at).toISOString();
    const text = `its first ${size} records existed at ${time} by ${by}`;
    return isTrusted ? [{ size: Number(size), at: time, by, text }] : [];
  } catch (fault) {
    throw new Error(`inconsistent: \`anchors/${name}\`: ${fault.message}`, { cause: fault });
  }
}
