import { join } from 'node:path';

/** Where tool servers that run as processes have their homes: a gateway makes them, control removes them. */
export function serverHomes(data: string): string {
  return join(data, 'homes');
}
