import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { isIPv4 } from 'node:net';
import type { InstanceKey } from './key.ts';

/** Just enough DER to write a self-signed X.509 v3 certificate; Node can read them but not make them. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const { length } = body;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: Uint8Array[]) => der(0x30, ...parts);
const set = (...parts: Uint8Array[]) => der(0x31, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const commonName = '550403';
const subjectAltName = '551d11';
const basicConstraints = '551d13';
const keyUsage = '551d0f';
const extendedKeyUsage = '551d25';
const purposes = { server: '2b06010505070301', client: '2b06010505070302' };
const ecdsaWithSha256 = '2a8648ce3d040302';
const ed25519 = '2b6570';

export interface CertificateOptions {
  readonly key: KeyObject;
  readonly name: string;
  readonly purpose: 'server' | 'client';
  readonly notBefore: number;
  readonly notAfter: number;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
}

/** For a P-256 or Ed25519 private key; PEM. Who trusts it, and for what, is decided elsewhere. */
export function selfSignedCertificate(options: CertificateOptions): string {
  const { key } = options;
  const isEd = key.asymmetricKeyType === 'ed25519';
  const algorithm = sequence(oid(isEd ? ed25519 : ecdsaWithSha256));
  const who = sequence(set(sequence(oid(commonName), der(0x0c, Buffer.from(options.name)))));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x01;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    who,
    sequence(time(options.notBefore), time(options.notAfter)),
    who,
    createPublicKey(key).export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(...extensions(options))),
  );
  const signature = isEd ? sign(null, body, key) : sign('sha256', body, key);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extensions(options: CertificateOptions): Buffer[] {
  const { dnsNames = [], ipAddresses = [] } = options;
  const names = [
    ...dnsNames.map((name) => der(0x82, Buffer.from(name))),
    ...ipAddresses.map((ip) => der(0x87, ipv4(ip))),
  ];
  const digitalSignature = der(0x03, Buffer.from([7, 0x80]));
  const found = [
    extension(basicConstraints, sequence(), critical),
    extension(keyUsage, digitalSignature, critical),
    extension(extendedKeyUsage, sequence(oid(purposes[options.purpose]))),
  ];
  if (names.length > 0) found.push(extension(subjectAltName, sequence(...names)));
  return found;
}

const critical = der(0x01, Buffer.from([0xff]));

function extension(id: string, value: Uint8Array, ...flags: Uint8Array[]): Buffer {
  return sequence(oid(id), ...flags, der(0x04, value));
}

function ipv4(text: string): Buffer {
  if (!isIPv4(text)) throw new TypeError(`\`${text}\` is no IPv4 address`);
  return Buffer.from(text.split('.').map(Number));
}

/** RFC 5280: UTCTime until 2049, GeneralizedTime from then on; in whole seconds. */
function time(milliseconds: number): Buffer {
  const text = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d{3}/g, '');
  const short = text >= '1950' && text < '2050';
  return short ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

const yearMs = 365 * 86_400_000;

/** A certificate for the gateway's own listener on this machine, made anew at each start. */
export function createServerCertificate(now: number = Date.now()): { key: string; cert: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const cert = selfSignedCertificate({
    key: createPrivateKey(key),
    name: 'bailiwick gateway',
    purpose: 'server',
    notBefore: now - 60_000,
    notAfter: now + yearMs,
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  });
  return { key, cert };
}

/** The client certificate that carries an instance's key, for mutual TLS. PEM, with its key. */
export function clientCertificate(
  key: InstanceKey,
  options: { readonly name?: string; readonly days?: number } = {},
): { key: string; cert: string } {
  const now = Date.now();
  return {
    key: key.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: selfSignedCertificate({
      key: key.privateKey,
      name: options.name ?? 'agent instance',
      purpose: 'client',
      notBefore: now - 60_000,
      notAfter: now + (options.days ?? 30) * 86_400_000,
    }),
  };
}
