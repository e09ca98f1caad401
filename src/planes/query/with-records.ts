import type { TenantLog } from './door.ts';

/** A log of the heads of other logs holds no record: `…/<tenant>/directory/<writer>`. */
export function withRecords(list: () => readonly TenantLog[]): () => readonly TenantLog[] {
  return () => list().filter(({ origin }) => origin.split('/').at(-2) !== 'directory');
}
