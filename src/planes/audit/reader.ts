import type { LogEntry, LogReader } from '#contracts/log-store.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isId } from '#kernel/ids.ts';
import type { RecordEnvelope, RecordType } from '#kernel/record.ts';
import { recordIdOf } from '#tlog/index.ts';
import type { AuditFilter, AuditReader, FoundRecord } from './door.ts';
import { parseRecord } from './parse-record.ts';
import type { PayloadSealer } from './payload-sealer.ts';
import { byTime, type Looked, pageOf, placeName } from './record-page.ts';
import { openedBody } from './salted-body.ts';
import { openTyped } from './typed-words.ts';

export interface ReadableLog {
  readonly tenant: string;
  readonly origin: string;
  readonly reader: LogReader;
}

export interface AuditReaderParts {
  /** Opened anew for each question: a log may have been born since the last one. */
  readonly readers: () => readonly ReadableLog[];
  readonly sealer: Pick<PayloadSealer, 'open'>;
}

const pageSize = 256;
/** How far back a question looks in each log when its filter matches little. */
const mostScanned = { plain: 200_000, since: 1_000_000 };
/** A clock that jumped leaves times out of order; so many older pages are looked through. */
const pagesOfSlack = 16;

export function createAuditReader(parts: AuditReaderParts): AuditReader {
  const logsOf = (tenant: string) => parts.readers().filter((log) => log.tenant === tenant);
  const locate = async (tenant: string, id: string) => {
    const logs = logsOf(tenant);
    for (const log of logs) {
      const index = log.reader.find(id);
      if (index !== undefined) return { log, index };
    }
    return isId(id) ? searchAll(logs, id) : undefined;
  };
  const { one: typed, all } = typedBy(parts.sealer);
  const opened: AuditReader['opened'] = async ({ origin, index, record }) => {
    const digest = record.payload?.sha256;
    if (digest === undefined) return undefined;
    const log = logsOf(record.tenant).find((one) => one.origin === origin);
    const blob = log?.reader.payload(index, digest);
    if (blob === undefined) return undefined;
    return openedBody(record, await parts.sealer.open(record.tenant, blob));
  };
  return {
    async tail(filter) {
      const found: FoundRecord[] = [];
      if (filter.limit <= 0) return found;
      // One by one: as arguments of one call, many records would be more than a stack holds.
      for (const log of logsOf(filter.tenant)) {
        for (const one of (await newest(log, filter)).found) found.push(one);
      }
      return all(found.sort(byTime).slice(-filter.limit));
    },
    async page({ behind, ...filter }) {
      const looked: Looked[] = [];
      for (const log of logsOf(filter.tenant)) {
        const end = behind?.get(placeName(log.origin));
        // Of the logs that were there before, one that is not named is told to its end; any other is newer than the list.
        if (behind !== undefined && end === undefined) continue;
        looked.push(await newest(log, filter, end));
      }
      const page = pageOf(looked, filter.limit);
      return { ...page, records: await all(page.records) };
    },
    async show(tenant, id) {
      const place = await locate(tenant, id);
      if (place === undefined) return undefined;
      return typed(readRecord(place.log, place.index, place.log.reader.entry(place.index)));
    },
    async proof(tenant, id) {
      const place = await locate(tenant, id);
      if (place === undefined) return undefined;
      return Buffer.from(place.log.reader.proof(place.index)).toString('utf8');
    },
    async leaf(tenant, id) {
      const place = await locate(tenant, id);
      return place?.log.reader.entry(place.index);
    },
    payload: async (found) => (await opened(found))?.words,
    opened,
  };
}

function typedBy(sealer: AuditReaderParts['sealer']) {
  const one = async (found: FoundRecord): Promise<FoundRecord> => {
    const record = await openTyped(sealer, found.record);
    return record === found.record ? found : { ...found, record };
  };
  return { one, all: (found: readonly FoundRecord[]) => Promise.all(found.map(one)) };
}

/**
 * From `end` backwards, page by page, until enough were found, everything is too old or nobody
 * asks any more. By position: a wall clock that jumped says nothing about the order.
 */
async function newest(log: ReadableLog, filter: AuditFilter, end = Infinity): Promise<Looked> {
  const found: FoundRecord[] = [];
  const most = filter.since === undefined ? mostScanned.plain : mostScanned.since;
  let reached = Math.min(end, log.reader.head()?.size ?? 0);
  let reachedTime = '';
  let older = 0;
  for await (const page of backwards(log, most, end)) {
    const records = page.map(({ index, bytes }) => readRecord(log, index, bytes));
    older = records.every(({ record }) => isOlder(record, filter)) ? older + 1 : 0;
    const matching = records.filter(({ record }) => matches(record, filter));
    for (const one of matching.slice(0, filter.limit - found.length)) found.push(one);
    const last = found.length === filter.limit ? found.at(-1) : records.at(-1);
    if (last !== undefined) [reached, reachedTime] = [last.index, last.record.time];
    if (filter.signal?.aborted === true || older === pagesOfSlack) break;
    if (found.length === filter.limit) break;
  }
  const isDone = older === pagesOfSlack || reached <= log.reader.begins();
  return { origin: log.origin, found, reached, reachedTime, isDone };
}

/** Pages from the end on, each newest first; whoever shares this loop gets a turn between two. */
async function* backwards(
  log: ReadableLog,
  most: number,
  before = Infinity,
): AsyncGenerator<readonly LogEntry[]> {
  const size = Math.min(before, log.reader.head()?.size ?? 0);
  const stop = Math.max(log.reader.begins(), size - most);
  for (let end = size; end > stop; end -= pageSize) {
    yield log.reader.range(Math.max(stop, end - pageSize), end).toReversed();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Where ids are out of order, because a clock jumped, only looking at each record finds one. */
async function searchAll(logs: readonly ReadableLog[], id: string) {
  for (const log of logs) {
    for await (const page of backwards(log, mostScanned.since)) {
      const entry = page.find(({ bytes }) => recordIdOf(bytes) === id);
      if (entry !== undefined) return { log, index: entry.index };
    }
  }
  return undefined;
}

/** INVARIANT: a record that cannot be read is said to be so, with its place; it is not passed over. */
export function readRecord(log: ReadableLog, index: number, bytes: Uint8Array): FoundRecord {
  try {
    return { origin: log.origin, index, record: parseRecord(bytes) };
  } catch (cause) {
    throw new BailiwickError('audit/unreadable-record', {
      message: `record ${index} of \`${log.origin}\` cannot be read by this version`,
      details: { origin: log.origin, index },
      cause,
    });
  }
}

function isOlder(record: RecordEnvelope, { since }: AuditFilter): boolean {
  return since !== undefined && Date.parse(record.time) < since;
}

/** A refusal is a no whichever gate gave it: most of them answer before policy is asked. */
export function refused({ decision, refusal, type }: RecordEnvelope): boolean {
  if (decision?.effect === 'deny') return true;
  // An answer that was withheld after the call is a refusal too.
  return refusals.has(type) || (type === 'policy.outcome' && refusal !== undefined);
}

function decided(record: RecordEnvelope, effect: string): boolean {
  return effect === 'deny' ? refused(record) : record.decision?.effect === effect;
}

const refusals: ReadonlySet<RecordType> = new Set([
  'gateway.refused',
  'gateway.refused-unknown',
  'gateway.refused-repeated',
  'identity.refused',
  'token.refused',
  'identity.sign-in-refused',
  'directory.refused',
  'api.refused',
  'config.refused',
  'approval.rejected',
] satisfies RecordType[]);

/** Also what a gateway asks of its servers by itself. */
export function isBackground({ type, actors }: RecordEnvelope): boolean {
  if (background.has(type)) return true;
  return type.startsWith('policy.') && actors[0]?.name === 'system/refresh';
}

/** What nobody did with a tool, a model or a right: looks, handshakes, lists, chores of programs. */
const background: ReadonlySet<RecordType> = new Set([
  'api.read',
  'log.read',
  'log.opened',
  'log.marked',
  'log.directory',
  'log.directory-head',
  'log.retention-run',
  'log.evidence-made',
  'log.evidence-removed',
  'gateway.greeted',
  'gateway.noticed',
  'gateway.started',
  'gateway.stopped',
  'policy.listed',
  'token.issued',
  'task.begun',
] satisfies RecordType[]);

function matches(record: RecordEnvelope, filter: AuditFilter): boolean {
  return (
    !isOlder(record, filter) &&
    (filter.type === undefined || record.type === filter.type) &&
    (filter.call === undefined || record.call === filter.call) &&
    (filter.decision === undefined || decided(record, filter.decision)) &&
    (filter.actions !== true || !isBackground(record)) &&
    (filter.agent === undefined || record.actors.some(({ name }) => name === filter.agent))
  );
}
