import type { Place } from '#contracts/record-index.ts';
import { type BundleHint, decodeHint } from '#tlog/index.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { AnswerParts } from './answer-parts.ts';
import type { FoundPlace, TenantLog } from './door.ts';

/** A log as it stood when its reader was opened. */
export interface ReadLog {
  readonly number: number;
  readonly origin: string;
  /** Records `[0, proved)` are told. */
  readonly proved: number;
}

export interface PlaceReader {
  readonly logs: readonly ReadLog[];
  /** Those of these that a checkpoint speaks for, in this order; `readable`: and of them those that can be read. */
  read(places: readonly Place[], which?: 'readable'): readonly FoundPlace[];
  /** The bytes that `read` read there. */
  leaf(found: FoundPlace): Uint8Array | undefined;
}

type NumberedLog = TenantLog & ReadLog;

export function openPlaces(parts: Pick<AnswerParts, 'index' | 'logs' | 'parse'>): PlaceReader {
  return new LogPlaces(parts);
}

type Which = 'readable' | undefined;

/**
 * Reads records where the index says that they are.
 * INVARIANT: every byte that leaves here was proved under the signed root of its log.
 */
class LogPlaces implements PlaceReader {
  readonly #parse: AnswerParts['parse'];
  readonly #index: Pick<AnswerParts['index'], 'hint'>;
  readonly #numbered = new Map<number, NumberedLog>();
  readonly #leaves = new WeakMap<FoundPlace, Uint8Array>();

  constructor({ index, logs, parse }: Pick<AnswerParts, 'index' | 'logs' | 'parse'>) {
    this.#parse = parse;
    this.#index = index;
    for (const { number, origin, proved } of index.logs()) {
      const log = logs.find((one) => one.origin === origin);
      if (log !== undefined) this.#numbered.set(number, { ...log, number, proved });
    }
  }

  get logs(): readonly ReadLog[] {
    return [...this.#numbered.values()];
  }

  read(places: readonly Place[], which?: Which): readonly FoundPlace[] {
    const found = new Map<Place, FoundPlace>();
    for (const [number, inIt] of Map.groupBy(places, (place) => place.log)) {
      const log = this.#numbered.get(number);
      if (log === undefined) continue;
      for (const [place, one] of this.#readLog(log, inIt, which)) found.set(place, one);
    }
    return places.flatMap((place) => found.get(place) ?? []);
  }

  leaf(found: FoundPlace): Uint8Array | undefined {
    return this.#leaves.get(found);
  }

  *#readLog(
    log: NumberedLog,
    places: readonly Place[],
    which: Which,
  ): Generator<readonly [Place, FoundPlace]> {
    const begins = log.reader.begins();
    const told = places.filter((place) => place.index < log.proved && place.index >= begins);
    const entries = log.reader.provenEntries(
      told.map((place) => place.index),
      (bundle) => this.#hint(log.number, bundle),
    );
    const byIndex = new Map(entries.map((entry) => [entry.index, entry.bytes]));
    for (const place of told) {
      const bytes = byIndex.get(place.index);
      const record = bytes === undefined ? undefined : this.#record(log, { place, bytes, which });
      if (bytes === undefined || record === undefined) continue;
      const found = { origin: log.origin, index: place.index, record };
      this.#leaves.set(found, bytes);
      yield [place, found];
    }
  }

  #hint(log: number, bundle: number): BundleHint | undefined {
    const bytes = this.#index.hint(log, bundle);
    return bytes === undefined ? undefined : decodeHint(bytes);
  }

  /** INVARIANT: what cannot be read is said to be so, with its place, but to whoever wants only what is readable. */
  #record({ origin }: NumberedLog, { place, bytes, which }: Read): RecordEnvelope | undefined {
    try {
      return this.#parse(bytes);
    } catch (cause) {
      if (which === 'readable') return undefined;
      throw new BailiwickError('audit/unreadable-record', {
        message: `record ${place.index} of \`${origin}\` cannot be read by this version`,
        details: { origin, index: place.index },
        cause,
      });
    }
  }
}

interface Read {
  readonly place: Place;
  readonly bytes: Uint8Array;
  readonly which: Which;
}
