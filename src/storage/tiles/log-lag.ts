import type { LogReader } from '#contracts/log-store.ts';

export interface ReadableSize {
  readonly writer: string;
  readonly reader: Pick<LogReader, 'head'>;
}

/** In all of these logs together. */
export function recordsIn(logs: readonly ReadableSize[]): number {
  return logs.reduce((sum, { reader }) => sum + (reader.head()?.size ?? 0), 0);
}

/** How many records of one writer are durable and not yet under a signed checkpoint. */
export interface LogLag {
  wrote(records: number): void;
  now(): number;
}

/** Made when everything that the last life left is in tiles. */
export function createLogLag(writer: string, logs: () => readonly ReadableSize[]): LogLag {
  const inLog = (): number => recordsIn(logs().filter((one) => one.writer === writer));
  let written = inLog();
  return {
    wrote: (records) => void (written += records),
    now: () => Math.max(0, written - inLog()),
  };
}
