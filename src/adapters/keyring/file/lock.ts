import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasCode, keysUnreadable } from './files.ts';

const waitMs = 20;
const patienceMs = 10_000;
/** No holder works this long; older means that it died. */
const staleMs = 60_000;

/** Control and gateways share one keyring folder, so making a key is one at a time across processes. */
export async function withLock<T>(path: string, work: () => T): Promise<T> {
  const deadline = performance.now() + patienceMs;
  while (!take(path)) {
    if (isStale(path)) fs.rmSync(path, { force: true });
    else if (performance.now() > deadline) {
      throw keysUnreadable(`the keyring is held by another process (\`${path}\`)`);
    } else await sleep(waitMs);
  }
  try {
    return work();
  } finally {
    fs.rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    fs.writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw keysUnreadable('the keyring folder cannot be written', error);
  }
}

function isStale(path: string): boolean {
  try {
    if (Date.now() - fs.statSync(path).mtimeMs > staleMs) return true;
    const holder = Number(fs.readFileSync(path, 'utf8'));
    return Number.isSafeInteger(holder) && holder > 0 && !isAlive(holder);
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, 'ESRCH');
  }
}
