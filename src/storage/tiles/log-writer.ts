import { join } from 'node:path';
import type { LogHead, LogWriter } from '#contracts/log-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import {
  logVkey,
  openCheckpoint,
  parseVkey,
  type RawSigner,
  type ReadLogFile,
  sameHash,
  TileTree,
} from '#tlog/index.ts';
import { DurableFolder, type LogFs, nodeLogFs } from './files.ts';
import { parseState, stateFile, type WriterState } from './state.ts';
import { type HeadMemory, inconsistent, TileLogWriter } from './tile-log-writer.ts';

export interface OpenLogWriterOptions {
  /** `DIR/log/<tenant>/<retention>/<writer>`. */
  readonly folder: string;
  /** Also the name of the key: a URL without scheme. INVARIANT: never reused after loss of data. */
  readonly origin: string;
  readonly signer: RawSigner;
  readonly fs?: LogFs;
  /** What was signed before, as it is remembered elsewhere; without it, only the files say it. */
  readonly ratchet?: HeadMemory;
}

/** From a log to the data folder, which was there before. */
const foldersToTop = ['..', '..', '..', '..'];

/** Opens or begins a log; refuses with `audit/inconsistent` when what is there contradicts itself. */
export function openLogWriter(options: OpenLogWriterOptions): LogWriter {
  const top = join(options.folder, ...foldersToTop);
  const files = new DurableFolder(options.fs ?? nodeLogFs, options.folder, top);
  const bytes = files.read(stateFile);
  const last = options.ratchet?.last(options.origin);
  if (bytes === undefined) {
    if (files.exists('checkpoint') || (last !== undefined && last.size > 0)) {
      throw inconsistent(options, `has no \`${stateFile}\``);
    }
    return new TileLogWriter({ ...partsOf(options), files, state: undefined, published: 0 });
  }
  // INVARIANT: on disk before anything is signed or dropped from the journal because of it.
  files.relyOn(stateFile);
  files.settle();
  const state = parseState(bytes);
  if (state.origin !== options.origin) throw inconsistent(options, `is of \`${state.origin}\``);
  if (last !== undefined && !extendsHead(files.read, state.size, last)) {
    throw inconsistent(options, `does not go on from the ${last.size} records that were signed`);
  }
  const published = checkPublished(options, files, state);
  return new TileLogWriter({ ...partsOf(options), files, state, published });
}

function partsOf({ origin, signer, ratchet }: OpenLogWriterOptions) {
  return { origin, signer, ratchet };
}

/**
 * INVARIANT: a log never signs a head that contradicts one that it published. A folder that was put
 * back to an older state is found here as far as its own files can show it.
 */
function checkPublished(
  options: OpenLogWriterOptions,
  files: DurableFolder,
  state: WriterState,
): number {
  const bytes = files.read('checkpoint');
  if (bytes === undefined) {
    // What the ratchet remembers of it may be signed again.
    const last = options.ratchet?.last(options.origin);
    if (state.published > (last?.size ?? 0)) throw inconsistent(options, 'has lost its checkpoint');
    return 0;
  }
  const log = parseVkey(logVkey(options.origin, options.signer.publicKey));
  let head: LogHead;
  try {
    head = openCheckpoint(bytes, { log });
  } catch (error) {
    if (!(error instanceof BailiwickError)) throw error;
    throw inconsistent(options, `cannot go on: ${error.message}`);
  }
  if (head.size > state.size)
    throw inconsistent(options, `holds ${state.size} records but has signed ${head.size}`);
  if (head.size < state.published)
    throw inconsistent(options, `has signed ${state.published} records but shows ${head.size}`);
  if (!sameHash(new TileTree(files.read, head.size).root(), head.root)) {
    throw inconsistent(options, `does not hash to its checkpoint of ${head.size} records`);
  }
  return head.size;
}

/** INVARIANT: true only when the first `last.size` entries are those that were signed. */
export function extendsHead(
  read: ReadLogFile,
  size: number,
  last: { readonly size: number; readonly root: string },
): boolean {
  if (last.size > size) return false;
  try {
    return Buffer.from(new TileTree(read, last.size).root()).toString('hex') === last.root;
  } catch (error) {
    if (error instanceof BailiwickError) return false;
    throw error;
  }
}
