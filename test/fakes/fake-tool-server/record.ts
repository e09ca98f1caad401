import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

/** Appends each received message as one line and makes it durable before anything else happens. */
export function recordTo(path: string | undefined): (body: Buffer) => void {
  if (path === undefined || path === '') return () => undefined;
  return (body) => {
    const file = openSync(path, 'a');
    try {
      writeSync(file, Buffer.concat([body, Buffer.of(10)]));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  };
}
