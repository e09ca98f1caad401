import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import { BailiwickError } from '#kernel/errors.ts';
import { decodeBech32, encodeBech32 } from './bech32.ts';

/** For whom a file is sealed: whoever knows a passphrase, or holds the identity of a public key. */
export type SealFor =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'recipient'; readonly recipient: string };

/** What opens it again. */
export type OpenWith =
  | { readonly kind: 'passphrase'; readonly passphrase: string }
  | { readonly kind: 'identity'; readonly identity: string };

const version = 'age-encryption.org/v1';
const tagBytes = 16;
/** What a passphrase costs to try: some second, and 128 MiB. */
const logWork = 17;
const mostLogWork = 20;

/** The header of a file in the form of age (age-encryption.org/v1), and the key of what follows it. */
export function makeHeader(to: SealFor): { readonly header: Buffer; readonly fileKey: Buffer } {
  const fileKey = randomBytes(16);
  const stanza = to.kind === 'passphrase' ? byPassphrase(to, fileKey) : byRecipient(to, fileKey);
  const signed = `${version}\n${stanza}---`;
  return { header: Buffer.from(`${signed} ${base64(macOf(fileKey, signed))}\n`), fileKey };
}

/** INVARIANT: the key of the file only where the header is the one that was written with it. */
export function openHeader(header: Buffer, given: OpenWith | undefined): Buffer {
  const lines = header.toString('latin1').split('\n');
  const [first, , body = '', last = ''] = lines;
  const [arrow, kind, ...words] = (lines[1] ?? '').split(' ');
  const mac = /^--- ([A-Za-z0-9+/]{43})$/u.exec(last)?.[1];
  if (first !== version || arrow !== '->' || mac === undefined || lines.length !== 5) {
    throw new BailiwickError('backup/damaged', {
      message: 'the header of the sealed file is none that is read here: one recipient, in age v1',
    });
  }
  if (given === undefined) throw new BailiwickError('backup/sealed');
  const sealed = Buffer.from(body, 'base64');
  const fileKey = unwrapped(
    kind === 'scrypt' ? wrapOfPassphrase(given, words) : wrapOfIdentity(given, words),
    sealed,
  );
  const signed = header.subarray(0, header.lastIndexOf('---') + 3).toString('latin1');
  if (timingSafeEqual(macOf(fileKey, signed), Buffer.from(mac, 'base64'))) return fileKey;
  throw new BailiwickError('backup/damaged', {
    message: 'the header of the sealed file was changed',
  });
}

/** How long the header is, where these are the first bytes; undefined while it has not ended. */
export function headerLength(bytes: Buffer): number | undefined {
  const mark = bytes.indexOf('\n--- ');
  const end = mark < 0 ? -1 : bytes.indexOf('\n', mark + 1);
  return end < 0 ? undefined : end + 1;
}

export const isSealed = (bytes: Buffer): boolean =>
  bytes.subarray(0, version.length).toString('latin1') === version;

export function newIdentity(): { readonly identity: string; readonly recipient: string } {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    identity: encodeBech32(rawPrivate(privateKey), 'age-secret-key-').toUpperCase(),
    recipient: encodeBech32(rawPublic(publicKey), 'age'),
  };
}

function byPassphrase({ passphrase }: { readonly passphrase: string }, fileKey: Buffer): string {
  const salt = randomBytes(16);
  const sealed = wrapped(passphraseKey(passphrase, salt, logWork), fileKey);
  return `-> scrypt ${base64(salt)} ${logWork}\n${base64(sealed)}\n`;
}

function byRecipient({ recipient }: { readonly recipient: string }, fileKey: Buffer): string {
  const theirs = decodeBech32(recipient, 'age');
  if (theirs.length !== 32)
    throw new BailiwickError('backup/sealed', { message: 'this is no key in the form of age' });
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const share = rawPublic(publicKey);
  const sealed = wrapped(sharedKey({ privateKey, of: theirs, share, recipient: theirs }), fileKey);
  return `-> X25519 ${base64(share)}\n${base64(sealed)}\n`;
}

function wrapOfPassphrase(given: OpenWith, [salt = '', work = '']: readonly string[]): Buffer {
  if (given.kind !== 'passphrase')
    throw new BailiwickError('backup/sealed', {
      message: 'this file is sealed under a passphrase',
    });
  const log = Number(work);
  if (!/^[1-9]\d?$/u.test(work) || log > mostLogWork) {
    throw new BailiwickError('backup/damaged', {
      message: `a passphrase that costs 2^${work} is not tried`,
    });
  }
  return passphraseKey(given.passphrase, Buffer.from(salt, 'base64'), log);
}

function wrapOfIdentity(given: OpenWith, [share = '']: readonly string[]): Buffer {
  if (given.kind !== 'identity')
    throw new BailiwickError('backup/sealed', { message: 'this file is sealed for a public key' });
  const secret = decodeBech32(given.identity.trim(), 'age-secret-key-');
  if (secret.length !== 32)
    throw new BailiwickError('backup/sealed', { message: 'this is no key in the form of age' });
  const privateKey = privateFrom(secret);
  const theirs = Buffer.from(share, 'base64');
  const recipient = rawPublic(createPublicKey(privateKey));
  return sharedKey({ privateKey, of: theirs, share: theirs, recipient });
}

function passphraseKey(passphrase: string, salt: Buffer, log: number): Buffer {
  const whole = Buffer.concat([Buffer.from(`${version}/scrypt`), salt]);
  const options = { N: 2 ** log, r: 8, p: 1, maxmem: 2 ** (log + 11) };
  return scryptSync(passphrase.normalize('NFC'), whole, 32, options);
}

interface Shared {
  readonly privateKey: KeyObject;
  readonly of: Buffer;
  readonly share: Buffer;
  readonly recipient: Buffer;
}

function sharedKey({ privateKey, of, share, recipient }: Shared): Buffer {
  const secret = diffieHellman({ privateKey, publicKey: publicFrom(of) });
  return derived(secret, Buffer.concat([share, recipient]), `${version}/X25519`);
}

export function derived(key: Uint8Array, salt: Uint8Array, info: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, 32));
}

const noNonce = Buffer.alloc(12);

function wrapped(key: Buffer, fileKey: Buffer): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, noNonce, { authTagLength: tagBytes });
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}

function unwrapped(key: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('chacha20-poly1305', key, noNonce, { authTagLength: tagBytes });
  try {
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    return Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    throw new BailiwickError('backup/sealed', { message: 'this does not open the file' });
  }
}

function macOf(fileKey: Buffer, signed: string): Buffer {
  return createHmac('sha256', derived(fileKey, Buffer.alloc(0), 'header'))
    .update(signed)
    .digest();
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/u, '');

const jwkOf = (bytes: Buffer) => ({ kty: 'OKP', crv: 'X25519', x: bytes.toString('base64url') });
/** PKCS#8 of a key of this kind, before its 32 bytes. */
const privatePrefix = Buffer.from('302e020100300506032b656e04220420', 'hex');

function publicFrom(bytes: Buffer): KeyObject {
  if (bytes.length !== 32)
    throw new BailiwickError('backup/sealed', { message: 'this is no key in the form of age' });
  return createPublicKey({ key: jwkOf(bytes), format: 'jwk' });
}

function privateFrom(secret: Buffer): KeyObject {
  const key = Buffer.concat([privatePrefix, secret]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function rawPublic(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

function rawPrivate(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'pkcs8' }).subarray(privatePrefix.length);
}
