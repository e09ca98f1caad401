import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { bits, der, octets, oid, sequence, time, utf8, yes } from './der.ts';

/** What a certificate says of whoever asked for it. */
export interface Identity {
  readonly issuer: string;
  readonly identity: string;
  readonly repository?: string;
}

export interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** An authority that gives out certificates of one build, and a log of certificates that saw them. */
export interface Authority {
  readonly root: Buffer;
  readonly certificateLog: Keys;
  certify(key: KeyObject, identity: Identity, at: number): Buffer;
}

export const newKeys = (): Keys => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export function spki(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' });
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest();
const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
const authorityName = sequence(der(0x31, sequence(oid('2.5.4.3'), utf8('an authority of tests'))));
const nobody = sequence();
const minutes = 60_000;

export function newAuthority(begins: number): Authority {
  const keys = newKeys();
  const certificateLog = newKeys();
  const root = issue(keys.privateKey, {
    key: keys.publicKey,
    subject: authorityName,
    from: begins - 1_000 * minutes,
    until: begins + 100_000 * minutes,
    extensions: [
      extension('2.5.29.19', sequence(yes), true),
      extension('2.5.29.15', der(0x03, Buffer.of(1, 0x06)), true),
    ],
  });
  return {
    root,
    certificateLog,
    certify(key, identity, at) {
      const wanted = {
        key,
        subject: nobody,
        from: at - minutes,
        until: at + 10 * minutes,
        extensions: said(identity),
      };
      const seen = witnessed(certificateLog, spki(keys.publicKey), body(wanted), at);
      return issue(keys.privateKey, { ...wanted, extensions: [...wanted.extensions, seen] });
    },
  };
}

interface Wanted {
  readonly key: KeyObject;
  readonly subject: Buffer;
  readonly from: number;
  readonly until: number;
  readonly extensions: readonly Buffer[];
}

function body({ key, subject, from, until, extensions }: Wanted): Buffer {
  return sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.of(7)),
    algorithm,
    authorityName,
    sequence(time(from), time(until)),
    subject,
    spki(key),
    der(0xa3, sequence(...extensions)),
  );
}

function issue(by: KeyObject, wanted: Wanted): Buffer {
  const bytes = body(wanted);
  return sequence(bytes, algorithm, bits(sign('sha256', bytes, by)));
}

function extension(id: string, value: Uint8Array, isCritical = false): Buffer {
  return sequence(oid(id), ...(isCritical ? [yes] : []), octets(value));
}

function said({ issuer, identity, repository }: Identity): readonly Buffer[] {
  const names = sequence(der(0x86, Buffer.from(identity)));
  return [
    extension('2.5.29.15', der(0x03, Buffer.of(7, 0x80)), true),
    extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.3'))),
    extension('2.5.29.17', names, true),
    extension('1.3.6.1.4.1.57264.1.8', utf8(issuer)),
    ...(repository === undefined ? [] : [extension('1.3.6.1.4.1.57264.1.12', utf8(repository))]),
  ];
}

/** What the log of certificates signs (RFC 6962), as an extension. */
function witnessed(log: Keys, issuer: Buffer, tbs: Buffer, at: number): Buffer {
  const when = Buffer.alloc(8);
  when.writeBigUInt64BE(BigInt(at));
  const length = Buffer.of(tbs.length >> 16, (tbs.length >> 8) & 0xff, tbs.length & 0xff);
  const none = Buffer.of(0, 0);
  const what = [Buffer.of(0, 0), when, Buffer.of(0, 1), sha256(issuer), length, tbs, none];
  const signature = sign('sha256', Buffer.concat(what), log.privateKey);
  const of = sized(signature);
  const id = sha256(spki(log.publicKey));
  const one = Buffer.concat([Buffer.of(0), id, when, none, Buffer.of(4, 3), of]);
  return extension('1.3.6.1.4.1.11129.2.4.2', octets(sized(sized(one))));
}

function sized(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes]);
}
