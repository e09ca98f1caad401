import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';

let read: typeof Yaml | undefined;

/** Read with the first document: it is seventy files, and most starts read no document. */
export function library(): typeof Yaml {
  read ??= createRequire(import.meta.url)('yaml') as typeof Yaml;
  return read;
}
