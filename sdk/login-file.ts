import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where whoever owns the keys asks for a new credential, and control answers. Never over the network. */
export function loginFolder(keys: string): string {
  return join(keys, 'login');
}

const place = (keys: string, id: string, what: 'ask' | 'answer') =>
  join(loginFolder(keys), `${id}.${what}`);

/** INVARIANT: the text carries the digest of a credential, never the credential. */
export function writeLoginAsk(keys: string, id: string, text: string): void {
  mkdirSync(loginFolder(keys), { recursive: true, mode: 0o700 });
  const fresh = `${place(keys, id, 'ask')}.new`;
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
  renameSync(fresh, place(keys, id, 'ask'));
}

/** Undefined until there is one. */
export function readLoginAnswer(keys: string, id: string): Uint8Array | undefined {
  try {
    return readFileSync(place(keys, id, 'answer'));
  } catch {
    return undefined;
  }
}

export function dropLogin(keys: string, id: string): void {
  for (const what of ['ask', 'answer'] as const) rmSync(place(keys, id, what), { force: true });
}
