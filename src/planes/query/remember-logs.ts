import type { TenantLog } from './door.ts';

/** The same logs looked at again and again: each keeps what it has checked of its checkpoint already. */
export function rememberLogs(list: () => readonly TenantLog[]): () => readonly TenantLog[] {
  let known = new Map<string, TenantLog>();
  return () => {
    const records = list().filter(({ origin }) => !isOfLogs(origin));
    const logs = records.map((log) => known.get(log.origin) ?? log);
    known = new Map(logs.map((log) => [log.origin, log]));
    return logs;
  };
}

/** A log of the heads of other logs holds no record: `…/<tenant>/directory/<writer>`. */
function isOfLogs(origin: string): boolean {
  return origin.split('/').at(-2) === 'directory';
}
