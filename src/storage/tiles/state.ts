import type { JournalPosition } from '#contracts/journal.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { PackState } from './bodies.ts';

/** What a log's writer must know after a crash; one small file, replaced as a whole. */
export interface WriterState {
  readonly origin: string;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** A checkpoint of at least this size was published. */
  readonly published: number;
  readonly journal: string;
  readonly position: JournalPosition;
  readonly pack: PackState;
  /** A ratchet beside the keys knows this log: without it the log is not gone on with. */
  readonly kept: boolean;
}

export const stateFile = 'writer-state';
const header = 'bailiwick log writer';
/** 1 was written before there was a ratchet. */
const versions = { plain: 1, kept: 2 } as const;

export function encodeState(state: WriterState): Uint8Array {
  const { segment, offset } = state.position;
  const body = [
    `${header} ${state.kept ? versions.kept : versions.plain}`,
    state.origin,
    `${state.size} ${state.root}`,
    String(state.published),
    `${state.journal} ${segment} ${offset}`,
    `${state.pack.length} ${state.pack.sha256}`,
    '',
  ].join('\n');
  return Buffer.from(`${body}${sha256Hex(Buffer.from(body, 'utf8'))}\n`, 'utf8');
}

const form =
  /^bailiwick log writer (\d+)\n([^\n]+)\n(\d+) ([0-9a-f]{64})\n(\d+)\n([0-9a-f]{32}) (\d+) (\d+)\n(\d+) ([0-9a-f]{64})\n([0-9a-f]{64})\n$/u;

export function parseState(bytes: Uint8Array): WriterState {
  const text = Buffer.from(bytes).toString('utf8');
  const version = /^bailiwick log writer (\d+)\n/u.exec(text)?.[1];
  if (version !== undefined && Number(version) > versions.kept) {
    throw new BailiwickError('store/newer-version', {
      message: `the log was written by version ${version} of its writer; this program knows ${versions.kept}`,
    });
  }
  const match = form.exec(text);
  const [, , origin = '', size, root = '', published, journal = '', segment, offset, ...rest] =
    match ?? [];
  const [packLength, packDigest = '', sum] = rest;
  const body = text.slice(0, -65);
  if (match === null || sha256Hex(Buffer.from(body, 'utf8')) !== sum) {
    throw new BailiwickError('audit/inconsistent', {
      message: `\`${stateFile}\` of the log is damaged`,
    });
  }
  const position = { segment: Number(segment), offset: Number(offset) };
  const pack = { length: Number(packLength), sha256: packDigest };
  return {
    origin,
    size: Number(size),
    root,
    published: Number(published),
    journal,
    position,
    pack,
    kept: Number(version) === versions.kept,
  };
}

export function isAfter(a: JournalPosition, b: JournalPosition): boolean {
  return a.segment > b.segment || (a.segment === b.segment && a.offset > b.offset);
}
