import type { LogHead, LogReader } from '#contracts/log-store.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import type { LogState } from './log-directory.ts';
import { parseRecord } from './parse-record.ts';

export interface NotedLog {
  readonly tenant: string;
  /** Retention class. */
  readonly retention: string;
  readonly origin: string;
  readonly reader: Pick<LogReader, 'head' | 'entry'>;
}

/** Of logs that say which logs there are. */
export const directoryClass = 'directory';

/** How long all logs are but directories. One whose head cannot be read is not among them: it is missed. */
export function logStates(logs: readonly NotedLog[]): readonly LogState[] {
  return statesIn(logs.filter(({ retention }) => retention !== directoryClass));
}

export function directoryStates(logs: readonly NotedLog[]): readonly LogState[] {
  return statesIn(logs.filter(({ retention }) => retention === directoryClass));
}

function statesIn(logs: readonly NotedLog[]): readonly LogState[] {
  return logs.flatMap(({ tenant, origin, reader }) => {
    const head = headOf(reader);
    if (head === undefined) return [];
    return [{ tenant, origin, size: head.size, root: Buffer.from(head.root).toString('hex') }];
  });
}

function headOf(reader: NotedLog['reader']): LogHead | undefined {
  try {
    return reader.head();
  } catch {
    return undefined;
  }
}

/** What directories say last, of every tenant. A newer directory goes on from the one before it. */
export function notedLogs(logs: readonly NotedLog[]): readonly LogState[] {
  const noted = new Map<string, LogState>();
  for (const { tenant, retention, reader } of logs) {
    if (retention !== directoryClass) continue;
    for (const state of readableOf(tenant, reader)) {
      const known = noted.get(state.origin);
      if (known === undefined || known.size <= state.size) noted.set(state.origin, state);
    }
  }
  return [...noted.values()];
}

/** One that cannot be read any more says nothing: it is whoever verifies who finds that, and no start ends over it. */
function readableOf(tenant: string, reader: NotedLog['reader']): readonly LogState[] {
  try {
    return lastOf(tenant, reader);
  } catch {
    return [];
  }
}

function lastOf(tenant: string, reader: NotedLog['reader']): readonly LogState[] {
  const states: LogState[] = [];
  const accepted = new Map<string, LogState['accepted']>();
  for (let at = (reader.head()?.size ?? 0) - 1; at >= 0; at -= 1) {
    const record = parseRecord(reader.entry(at));
    states.push(...statesOf(tenant, record));
    // A life that ended between the record of it and the next words of the directory.
    const { type, time, actors, details } = record;
    if (type === 'log.missing-accepted' && typeof details?.['origin'] === 'string') {
      accepted.set(details['origin'], { by: actors[0]?.name ?? '', at: time });
    }
    if (record.details?.['part'] === 1) break;
  }
  return states.map((one) => {
    const since = one.accepted ?? accepted.get(one.origin);
    return since === undefined ? one : { ...one, accepted: since };
  });
}

export function statesOf(tenant: string, { type, details }: RecordEnvelope): readonly LogState[] {
  const logs = type === 'log.directory' ? details?.['logs'] : undefined;
  if (!Array.isArray(logs)) return [];
  return (logs as readonly Json[]).flatMap((one) => {
    if (!isJsonObject(one)) return [];
    const { origin, size, root } = one;
    const isWhole =
      typeof origin === 'string' && typeof size === 'number' && typeof root === 'string';
    return isWhole ? [{ tenant, origin, size, root, ...acceptedIn(one) }] : [];
  });
}

function acceptedIn({ accepted }: JsonObject): Pick<LogState, 'accepted'> {
  if (accepted === undefined || !isJsonObject(accepted)) return {};
  const { by, at } = accepted;
  return typeof by === 'string' && typeof at === 'string' ? { accepted: { by, at } } : {};
}
