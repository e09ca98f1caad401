import type { Place } from '#contracts/record-index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { AnswerParts } from './answer-parts.ts';
import type { FoundPlace, TenantLog } from './door.ts';

export interface PlaceReader {
  /** Undefined for what no checkpoint speaks for yet. */
  at(place: Place): FoundPlace | undefined;
  /** The bytes that `at` read there. */
  leaf(found: FoundPlace): Uint8Array | undefined;
}

/** A bundle: what the log reads and checks at once anyway. */
const block = 256;
const mostBlocks = 8;

interface NumberedLog extends TenantLog {
  readonly proved: number;
}

/**
 * Reads records where the index says that they are; some blocks are kept, since places lie close together.
 * INVARIANT: every byte that leaves here was proved under the signed root of its log.
 */
export function openPlaces({
  index,
  logs,
  parse,
}: Pick<AnswerParts, 'index' | 'logs' | 'parse'>): PlaceReader {
  const numbered = new Map<number, NumberedLog>();
  for (const { number, origin, proved } of index.logs()) {
    const log = logs.find((one) => one.origin === origin);
    if (log !== undefined) numbered.set(number, { ...log, proved });
  }
  const blocks = new Map<string, ReadonlyMap<number, Uint8Array>>();
  const blockOf = (log: NumberedLog, at: number): ReadonlyMap<number, Uint8Array> => {
    const first = at - (at % block);
    const key = `${log.origin} ${first}`;
    const kept = blocks.get(key);
    if (kept !== undefined) return kept;
    const entries = log.reader.provenRange(first, Math.min(first + block, log.proved));
    const read = new Map(entries.map((entry) => [entry.index, entry.bytes]));
    const [oldest] = blocks.keys();
    if (blocks.size >= mostBlocks && oldest !== undefined) blocks.delete(oldest);
    blocks.set(key, read);
    return read;
  };
  return {
    at(place) {
      const log = numbered.get(place.log);
      if (log === undefined || place.index >= log.proved) return undefined;
      const bytes = blockOf(log, place.index).get(place.index);
      if (bytes === undefined) return undefined;
      return { origin: log.origin, index: place.index, record: read(log, place.index, bytes) };
    },
    leaf({ origin, index: at }) {
      const log = [...numbered.values()].find((one) => one.origin === origin);
      return log === undefined ? undefined : blockOf(log, at).get(at);
    },
  };

  /** INVARIANT: a record that cannot be read is said to be so, with its place; it is not passed over. */
  function read({ origin }: NumberedLog, at: number, bytes: Uint8Array) {
    try {
      return parse(bytes);
    } catch (cause) {
      throw new BailiwickError('audit/unreadable-record', {
        message: `record ${at} of \`${origin}\` cannot be read by this version`,
        details: { origin, index: at },
        cause,
      });
    }
  }
}
