import { sha256Bytes } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { ed25519Verifier, mlDsaKeyBytes } from '#kernel/public-keys.ts';
import { secondCheck, type SecondSigner, signSecond } from './second-signature.ts';

/** Signed notes (c2sp.org/signed-note) with Ed25519, and cosignatures (tlog-cosignature) of witnesses and by ML-DSA-44. */
const signatureType = { ed25519: 0x01, cosignature: 0x04, mlDsa44: 0x06 } as const;
type SignatureType = (typeof signatureType)[keyof typeof signatureType];

/** INVARIANT: a note is read only below these; a note from outside must not cost more. */
const maxNoteBytes = 64 * 1024;
const maxSignatures = 64;

/** What holds a key: a keyring, a KMS. */
export interface RawSigner {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
  /** Signs each checkpoint once more, where that was asked for. */
  readonly second?: SecondSigner;
}

/** Knows one key by name, and checks signatures of one type. */
export interface NoteVerifier {
  readonly name: string;
  readonly kind: 'log' | 'witness' | 'second';
  readonly keyId: Uint8Array;
  verify(text: Uint8Array, signature: Uint8Array): boolean;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: Uint8Array;
  readonly signature: Uint8Array;
}

export interface ParsedNote {
  /** With its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

function malformed(message: string): BailiwickError {
  return new BailiwickError('audit/proof-invalid', { message });
}

export function isKeyName(name: string): boolean {
  return name.length > 0 && !/[\s+\p{Cc}]/u.test(name);
}

function keyId(name: string, type: SignatureType, publicKey: Uint8Array): Uint8Array {
  const input = [Buffer.from(`${name}\n`, 'utf8'), new Uint8Array([type]), publicKey];
  return sha256Bytes(Buffer.concat(input)).subarray(0, 4);
}

function encodeVkey(name: string, type: SignatureType, publicKey: Uint8Array): string {
  if (!isKeyName(name)) throw malformed(`key name \`${name}\` has a space or a plus`);
  const id = Buffer.from(keyId(name, type, publicKey)).toString('hex');
  return `${name}+${id}+${Buffer.concat([new Uint8Array([type]), publicKey]).toString('base64')}`;
}

/** The verifier key that stock tools take: `name+hash+base64`. */
export function logVkey(name: string, publicKey: Uint8Array): string {
  return encodeVkey(name, signatureType.ed25519, publicKey);
}

export function witnessVkey(name: string, publicKey: Uint8Array): string {
  return encodeVkey(name, signatureType.cosignature, publicKey);
}

/** Of the second signature of a log. */
export function secondVkey(name: string, publicKey: Uint8Array): string {
  return encodeVkey(name, signatureType.mlDsa44, publicKey);
}

/** The same public key under another name: all logs of one keyring are signed by one key, or by one of each kind. */
export function vkeyUnder(name: string, vkey: string): string {
  const { kind } = parseVkey(vkey);
  const material = Buffer.from(vkey.trim().split('+').slice(2).join('+'), 'base64').subarray(1);
  return kind === 'second' ? secondVkey(name, material) : logVkey(name, material);
}

/**
 * Whether both are names of logs of one owner: PREFIX/TENANT/CLASS/WRITER under the same prefix, or the
 * very same. INVARIANT: under another prefix a key vouches for nothing: what a rewritten log would be
 * held against lies under the first.
 */
export function haveOneOwner(name: string, other: string): boolean {
  const [prefix, own] = [ownerOf(name), ownerOf(other)];
  return name === other || (prefix !== '' && prefix === own);
}

function ownerOf(name: string): string {
  return name.split('/').slice(0, -3).join('/');
}

/** INVARIANT: what is no key is told as that, with the part that is wrong: it says nothing of any evidence. */
export function parseVkey(vkey: string): NoteVerifier {
  const { name, id, material } = partsOf(vkey.trim());
  const type = material[0];
  const publicKey = material.subarray(1);
  if (!isKnownType(type)) throw malformed(`key type ${type} of \`${name}\` is not supported`);
  const expected = keyId(name, type, publicKey);
  if (Buffer.from(expected).toString('hex') !== id) {
    throw malformed(
      `the verifier key is malformed: its id \`${id}\` does not belong to its name \`${name}\` and its key: one of the three is mistyped`,
    );
  }
  return { name, keyId: expected, ...checkOf(type, name, publicKey) };
}

function isKnownType(type: number | undefined): type is SignatureType {
  return Object.values<number | undefined>(signatureType).includes(type);
}

function checkOf(
  type: SignatureType,
  name: string,
  publicKey: Uint8Array,
): Pick<NoteVerifier, 'kind' | 'verify'> {
  switch (type) {
    case signatureType.ed25519:
      return { kind: 'log', verify: ed25519Verifier(publicKey) };
    case signatureType.cosignature:
      return { kind: 'witness', verify: cosignatureCheck(publicKey) };
    case signatureType.mlDsa44:
      return { kind: 'second', verify: secondCheck(name, publicKey) };
  }
}

function partsOf(vkey: string): { name: string; id: string; material: Buffer } {
  const wrong = (what: string) => malformed(`the verifier key is malformed: ${what}`);
  const [, name, id = '', encoded = ''] = /^([^+]*)\+([^+]*)\+(.*)$/su.exec(vkey) ?? [];
  if (name === undefined) throw wrong('it is not NAME+ID+KEY');
  if (!isKeyName(name)) throw wrong('its name is empty, or has a blank in it');
  if (!/^[0-9a-f]{8}$/u.test(id)) throw wrong('its id, behind the name, is not 8 hex digits');
  const material = decodeBase64(encoded);
  const bytes = 1 + (material?.[0] === signatureType.mlDsa44 ? mlDsaKeyBytes : 32);
  if (material?.length === bytes) return { name, id, material };
  throw wrong(
    `its key, behind the id, is not ${bytes} bytes of base64: letters are missing or too many`,
  );
}

/** A cosignature is eight bytes of time, then a signature over time and text. */
function cosignatureCheck(publicKey: Uint8Array): NoteVerifier['verify'] {
  const check = ed25519Verifier(publicKey);
  return (text, signature) => {
    if (signature.length !== 72) return false;
    const seconds = Buffer.from(signature).readBigUInt64BE(0);
    return check(cosignedMessage(text, seconds), signature.subarray(8));
  };
}

function cosignedMessage(text: Uint8Array, seconds: bigint): Uint8Array {
  return Buffer.concat([Buffer.from(`cosignature/v1\ntime ${seconds}\n`, 'utf8'), text]);
}

/** Strict: standard alphabet, padded, one encoding per value. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function signatureLine(name: string, id: Uint8Array, signature: Uint8Array): string {
  return `\u2014 ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

export function signNote(text: string, name: string, signer: RawSigner): string {
  if (!text.endsWith('\n') || !isKeyName(name)) throw malformed('the note cannot be signed');
  const signature = signer.sign(Buffer.from(text, 'utf8'));
  return `${text}\n${signatureLine(name, keyId(name, signatureType.ed25519, signer.publicKey), signature)}`;
}

/** Of a checkpoint; behind the first, which every reader of notes knows. */
export function secondLine(text: string, name: string, signer: SecondSigner): string {
  const id = keyId(name, signatureType.mlDsa44, signer.publicKey);
  return signatureLine(name, id, signSecond(text, name, signer));
}

/** The line that a witness adds to a checkpoint that it has checked. */
export function cosignatureLine(
  text: string,
  witness: RawSigner & { readonly name: string },
  seconds: number,
): string {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = witness.sign(cosignedMessage(Buffer.from(text, 'utf8'), BigInt(seconds)));
  const id = keyId(witness.name, signatureType.cosignature, witness.publicKey);
  return signatureLine(witness.name, id, Buffer.concat([time, signature]));
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function parseNote(bytes: Uint8Array): ParsedNote {
  if (bytes.length > maxNoteBytes) throw malformed('the note is too large');
  const note = decodeUtf8(bytes);
  if (bytes.some((byte) => byte < 0x20 && byte !== 0x0a)) {
    throw malformed('the note has a control character');
  }
  const split = note.lastIndexOf('\n\n');
  if (split < 0 || !note.endsWith('\n')) throw malformed('the note has no signatures');
  const lines = note.slice(split + 2, -1).split('\n');
  if (lines.length > maxSignatures) throw malformed('the note has too many signatures');
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignatureLine) };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw malformed('the note is not valid UTF-8');
  }
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = '', encoded = '', ...more] = line.split(' ');
  const bytes = decodeBase64(encoded);
  if (
    dash !== '\u2014' ||
    !isKeyName(name) ||
    more.length > 0 ||
    bytes === undefined ||
    bytes.length < 5
  ) {
    throw malformed('a signature line of the note is not well formed');
  }
  return { name, keyId: bytes.subarray(0, 4), signature: bytes.subarray(4) };
}

/**
 * The verifiers whose signature the note carries. A wrong signature of a known key makes the whole
 * note worthless, so it throws; signatures of unknown keys are ignored.
 */
export function verifyNote(note: ParsedNote, verifiers: readonly NoteVerifier[]): NoteVerifier[] {
  const text = Buffer.from(note.text, 'utf8');
  const verified = new Set<NoteVerifier>();
  for (const signature of note.signatures) {
    const verifier = verifiers.find((known) => isOf(signature, known));
    if (verifier === undefined) continue;
    if (!verifier.verify(text, signature.signature)) {
      throw malformed(`the signature of \`${verifier.name}\` is wrong`);
    }
    verified.add(verifier);
  }
  return [...verified];
}

function isOf(signature: NoteSignature, known: NoteVerifier): boolean {
  return signature.name === known.name && Buffer.compare(signature.keyId, known.keyId) === 0;
}
