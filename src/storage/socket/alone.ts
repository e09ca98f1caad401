import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Which gateways may believe to be alone, for a control that starts while they serve on. It need
 * not outlive the machine, because no gateway does. What cannot be read is nobody's name, whom
 * everybody waits for.
 */
export function readAlone(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch (fault) {
    return fault instanceof Error && 'code' in fault && fault.code === 'ENOENT' ? [] : [''];
  }
}

/** False when they cannot be kept: then nobody may be told to be alone. */
export function keepAlone(file: string, names: readonly string[]): boolean {
  try {
    writeFileSync(`${file}.new`, names.join('\n'), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return true;
  } catch {
    rmSync(`${file}.new`, { force: true });
    return false;
  }
}
