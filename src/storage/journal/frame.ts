import { crc32 } from 'node:zlib';
import type { JournalFrame } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';

/**
 * One frame on disk, little endian, padded with zeros to a multiple of eight bytes:
 *
 *     0 magic u32 · 4 kind u8 · 5 flags u8 · 6 tenant length u16 · 8 retention length u16 · 10 zero u16
 *     12 bytes length u32 · 16 CRC of tenant, retention and bytes u32
 *     20 offset in the segment u32 · 24 batch u32 · 28 CRC of the header u32
 *     32 tenant · retention · bytes
 *
 * INVARIANT: the header's CRC starts from the id of the segment and covers the frame's own offset, so
 * bytes of another file, of another place, or of an earlier use of the disk never read as a frame.
 */
export const frameHeaderBytes = 32;
export const frameMagic = 0x314a5742;

/** A uint16 counts an entry of the log, so a longer leaf could never leave the journal. */
export const maxLeafBytes = 65_535;
export const maxPayloadBytes = 8 * 1024 * 1024;
const maxNameBytes = 64;

export const frameFlag = { lastOfGroup: 1, lastOfBatch: 2 } as const;

const kinds = { leaf: 1, payload: 2, seal: 3 } as const;
type FrameKind = keyof typeof kinds;
const kindsByByte = new Map<number, FrameKind>([
  [kinds.leaf, 'leaf'],
  [kinds.payload, 'payload'],
  [kinds.seal, 'seal'],
]);

export interface ParsedFrame {
  readonly kind: FrameKind;
  readonly flags: number;
  readonly batch: number;
  readonly tenant: string;
  readonly retention: string;
  readonly bytes: Uint8Array;
  /** Offset after the padding. */
  readonly end: number;
}

/** Names become folder names, so they are checked before anything is recorded under them. */
const namePattern = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/u;

/** Names that passed; the same few come with every record. */
const goodNames = new Set<string>();
const maxRemembered = 10_000;

export function isLogName(name: string): boolean {
  if (goodNames.has(name)) return true;
  if (!namePattern.test(name) || name.includes('..')) return false;
  if (goodNames.size < maxRemembered) goodNames.add(name);
  return true;
}

export function checkFrame(frame: JournalFrame): void {
  if (!isLogName(frame.tenant) || !isLogName(frame.retention)) {
    throw new BailiwickError('audit/unavailable', {
      message: `\`${frame.tenant}/${frame.retention}\` cannot name a log`,
      suggestedAction: 'use lower-case letters, digits, dots and hyphens',
    });
  }
  const limit = frame.kind === 'leaf' ? maxLeafBytes : maxPayloadBytes;
  if (frame.bytes.length === 0 || frame.bytes.length > limit) {
    throw new BailiwickError('audit/record-too-large', {
      message: `a ${frame.kind} of ${frame.bytes.length} bytes does not fit; 1 to ${limit} do`,
    });
  }
}

export function frameSize(frame: JournalFrame): number {
  return padded(
    frameHeaderBytes + frame.tenant.length + frame.retention.length + frame.bytes.length,
  );
}

function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** Writes all but offset, batch and header CRC, which are known only when the batch is written. */
export function encodeFrame(
  target: Buffer,
  at: number,
  frame: JournalFrame,
  flags: number,
): number {
  const { kind, tenant, retention, bytes } = frame;
  const names = namesOf(tenant, retention);
  const body = at + frameHeaderBytes;
  target.writeUInt32LE(frameMagic, at);
  target[at + 4] = kinds[kind];
  target[at + 5] = flags;
  target.writeUInt16LE(tenant.length, at + 6);
  target.writeUInt32LE(retention.length, at + 8);
  target.writeUInt32LE(bytes.length, at + 12);
  target.writeUInt32LE(crc32(bytes, names.crc), at + 16);
  target.set(names.bytes, body);
  target.set(bytes, body + names.bytes.length);
  const end = at + frameSize(frame);
  for (let pad = body + names.bytes.length + bytes.length; pad < end; pad += 1) target[pad] = 0;
  return end;
}

/** What stands between a header and the bytes, and the CRC so far: the same few come with every record. */
interface Names {
  readonly bytes: Buffer;
  readonly crc: number;
}

const encodedNames = new Map<string, Map<string, Names>>();

function namesOf(tenant: string, retention: string): Names {
  const known = encodedNames.get(tenant)?.get(retention);
  if (known !== undefined) return known;
  const bytes = Buffer.from(tenant + retention, 'latin1');
  const names = { bytes, crc: crc32(bytes) };
  const ofTenant = encodedNames.get(tenant) ?? new Map<string, Names>();
  if (encodedNames.size < maxRemembered) encodedNames.set(tenant, ofTenant.set(retention, names));
  return names;
}

export function encodeSeal(target: Buffer): void {
  target.fill(0, 0, frameHeaderBytes);
  target.writeUInt32LE(frameMagic, 0);
  target[4] = kinds.seal;
  target[5] = frameFlag.lastOfGroup;
}

export interface FramePlace {
  readonly seed: number;
  readonly offset: number;
  readonly batch: number;
}

/** Binds a frame to its place; returns where the next frame of the buffer starts. */
export function bindFrame(target: Buffer, at: number, place: FramePlace): number {
  target.writeUInt32LE(place.offset, at + 20);
  target.writeUInt32LE(place.batch, at + 24);
  target.writeUInt32LE(headerCrc(target, at, place.seed), at + 28);
  return at + sizeFromHeader(target, at);
}

/** A frame that is written again, in another batch, may have been the last one before. */
export function markLastOfBatch(target: Buffer, at: number, isLast: boolean): void {
  const others = (target[at + 5] ?? 0) & ~frameFlag.lastOfBatch;
  target[at + 5] = isLast ? others | frameFlag.lastOfBatch : others;
}

/** Size of a frame by its header alone; the caller has checked or written that header. */
export function sizeFromHeader(bytes: Buffer, at: number): number {
  const names = bytes.readUInt16LE(at + 6) + bytes.readUInt16LE(at + 8);
  return padded(frameHeaderBytes + names + bytes.readUInt32LE(at + 12));
}

/** The header at `at` belongs to this segment and this offset. */
export function isBound(bytes: Buffer, at: number, place: Omit<FramePlace, 'batch'>): boolean {
  if (at + frameHeaderBytes > bytes.length || bytes.readUInt32LE(at) !== frameMagic) return false;
  if (bytes.readUInt32LE(at + 20) !== place.offset) return false;
  return bytes.readUInt32LE(at + 28) === headerCrc(bytes, at, place.seed);
}

/** The CRC of all single bytes, by the polynomial of zip, mirrored. */
const crcOfByte = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** As `crc32` has it; of so few bytes it costs less than the way to native code and back. */
function headerCrc(bytes: Buffer, at: number, seed: number): number {
  let crc = ~seed;
  for (let next = at; next < at + 28; next += 1) {
    crc = (crc >>> 8) ^ (crcOfByte[(crc ^ (bytes[next] ?? 0)) & 0xff] ?? 0);
  }
  return ~crc >>> 0;
}

export function batchOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 24);
}

/** Reads a frame whose header `isBound` and whose body lies in `bytes`; undefined when torn. */
export function parseFrame(bytes: Buffer, at: number, offset: number): ParsedFrame | undefined {
  const tenantLength = bytes.readUInt16LE(at + 6);
  const retentionLength = bytes.readUInt16LE(at + 8);
  const kind = kindOf(bytes[at + 4]);
  const tenantStart = at + frameHeaderBytes;
  const retentionStart = tenantStart + tenantLength;
  const bodyStart = retentionStart + retentionLength;
  const end = bodyStart + bytes.readUInt32LE(at + 12);
  if (kind === undefined || tenantLength > maxNameBytes || retentionLength > maxNameBytes) {
    return undefined;
  }
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(tenantStart, end)) !== bytes.readUInt32LE(at + 16)) return undefined;
  return {
    kind,
    flags: bytes[at + 5] ?? 0,
    batch: batchOf(bytes, at),
    tenant: bytes.toString('latin1', tenantStart, retentionStart),
    retention: bytes.toString('latin1', retentionStart, bodyStart),
    bytes: bytes.subarray(bodyStart, end),
    end: offset + sizeFromHeader(bytes, at),
  };
}

function kindOf(byte: number | undefined): FrameKind | undefined {
  return byte === undefined ? undefined : kindsByByte.get(byte);
}
