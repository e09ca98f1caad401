import { BailiwickError } from '#kernel/errors.ts';
import type { ReadableLog } from '../reader.ts';
import type { Evidence, SealedCount } from './door.ts';

type EvidentLog = ReadableLog & { readonly vkey?: string };

/** What the logs themselves say, for whoever does not take our word. */
export interface LogEvidence {
  /** Undefined of what no checkpoint speaks for yet. */
  of(tenant: string, id: string): Evidence | undefined;
  /** Looks at the newest records of each log, in turns with whoever shares this loop. */
  sealedUnder(tenant: string, key: string): Promise<SealedCount>;
}

const pageSize = 256;
/** In each log: some seconds of reading. */
const mostLooked = 1_000_000;

export function createLogEvidence(readers: () => readonly EvidentLog[]): LogEvidence {
  const logsOf = (tenant: string) => readers().filter((log) => log.tenant === tenant);
  return {
    of(tenant, id) {
      for (const log of logsOf(tenant)) {
        const index = log.reader.find(id);
        if (index !== undefined) return evidenceAt(log, index);
      }
      return undefined;
    },
    async sealedUnder(tenant, key) {
      const total = { bodies: 0, looked: 0, isWhole: true };
      for (const log of logsOf(tenant)) {
        const size = log.reader.head()?.size ?? 0;
        const begins = log.reader.begins();
        const from = Math.max(begins, size - mostLooked);
        total.looked += size - from;
        total.isWhole &&= from === begins;
        total.bodies += await countIn(log, from, size, namesKey(key));
      }
      return total;
    },
  };
}

function evidenceAt({ origin, reader, vkey }: EvidentLog, index: number): Evidence {
  const [leaf, proof] = [reader.entry(index), reader.proof(index)].map((bytes) =>
    Buffer.from(bytes).toString('utf8'),
  );
  if (leaf === undefined || proof === undefined) throw new BailiwickError('audit/record-unknown');
  return { origin, index, leaf, proof, vkey };
}

/**
 * Of a body beside the record, or of what somebody typed into it. INVARIANT: members in the order of RFC 8785, and their
 * quotes: no text of a record can say the same.
 */
function namesKey(key: string): RegExp {
  return new RegExp(`"payload":\\{"bytes":\\d+,"key":"${key}",|"whose":\\[[^\\]]*"${key}"`, 'u');
}

async function countIn(log: EvidentLog, from: number, to: number, of: RegExp): Promise<number> {
  let found = 0;
  for (let at = from; at < to; at += pageSize) {
    for (const { bytes } of log.reader.range(at, Math.min(at + pageSize, to))) {
      if (of.test(Buffer.from(bytes).toString('latin1'))) found += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}
