import type { LogReader } from '#contracts/log-store.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { AuditFilter, AuditReader, FoundRecord } from './door.ts';
import { parseRecord } from './parse-record.ts';
import type { PayloadSealer } from './payload-sealer.ts';

export interface ReadableLog {
  readonly tenant: string;
  readonly origin: string;
  readonly reader: LogReader;
}

export interface AuditReaderParts {
  /** Opened anew for each question: a log may have been born since the last one. */
  readonly readers: () => readonly ReadableLog[];
  readonly sealer: PayloadSealer;
}

const pageSize = 256;
/** How far back one question looks when its filter matches little. */
const mostScanned = 200_000;

export function createAuditReader(parts: AuditReaderParts): AuditReader {
  const logsOf = (tenant: string) => parts.readers().filter((log) => log.tenant === tenant);
  const locate = (tenant: string, id: string) => {
    for (const log of logsOf(tenant)) {
      const index = log.reader.find(id);
      if (index !== undefined) return { log, index };
    }
    return undefined;
  };
  return {
    async tail(filter) {
      const found = logsOf(filter.tenant).flatMap((log) => newest(log, filter));
      return found.sort((a, b) => (a.record.id < b.record.id ? -1 : 1)).slice(-filter.limit);
    },
    async show(tenant, id) {
      const place = locate(tenant, id);
      if (place === undefined) return undefined;
      const { log, index } = place;
      return { origin: log.origin, index, record: parseRecord(log.reader.entry(index)) };
    },
    async proof(tenant, id) {
      const place = locate(tenant, id);
      if (place === undefined) return undefined;
      return Buffer.from(place.log.reader.proof(place.index)).toString('utf8');
    },
    async payload({ origin, index, record }) {
      const digest = record.payload?.sha256;
      if (digest === undefined) return undefined;
      const log = logsOf(record.tenant).find((one) => one.origin === origin);
      const blob = log?.reader.payload(index, digest);
      return blob === undefined ? undefined : parts.sealer.open(record.tenant, blob);
    },
  };
}

/** From the end backwards, page by page, until enough were found. */
function newest(log: ReadableLog, filter: AuditFilter): FoundRecord[] {
  const found: FoundRecord[] = [];
  const size = log.reader.head()?.size ?? 0;
  const stop = Math.max(0, size - mostScanned);
  for (let end = size; end > stop && found.length < filter.limit; end -= pageSize) {
    const entries = log.reader.range(Math.max(stop, end - pageSize), end);
    for (const { index, bytes } of [...entries].reverse()) {
      const record = parseRecord(bytes);
      if (filter.since !== undefined && Date.parse(record.time) < filter.since) return found;
      if (matches(record, filter)) found.push({ origin: log.origin, index, record });
      if (found.length >= filter.limit) break;
    }
  }
  return found;
}

function matches(record: RecordEnvelope, filter: AuditFilter): boolean {
  return (
    (filter.type === undefined || record.type === filter.type) &&
    (filter.call === undefined || record.call === filter.call) &&
    (filter.decision === undefined || record.decision?.effect === filter.decision) &&
    (filter.agent === undefined || record.actors.some(({ name }) => name === filter.agent))
  );
}
