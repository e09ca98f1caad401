import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder for the homes of the tool servers of one test file, removed after its last test. */
export function testHomes(): string {
  const homes = mkdtempSync(join(tmpdir(), 'homes-'));
  afterAll(() => rmSync(homes, { recursive: true, force: true, maxRetries: 3 }));
  return homes;
}
