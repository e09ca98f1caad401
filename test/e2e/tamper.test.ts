import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';

const entry = join(import.meta.dirname, '../../src/programs/demo/main.ts');
const run = (...words: string[]) =>
  spawnSync(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', entry, 'tamper', ...words],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  );

describe('the tamper drill', () => {
  it('rewrites history under the real key, and is found by who remembers, not by signatures [AUD-03]', () => {
    const { status, stdout } = run('-o', 'json');
    const told = parseJson(Buffer.from(stdout));
    expect(told).toMatchObject({
      ok: true,
      steps: [
        { found: 'witnessed to 400 by auditor.example/w1 (exit 0)' },
        {
          found: 'inconsistent at 350: record 350 is not the record that was logged there (exit 1)',
        },
        { found: expect.stringContaining('remembers') as string },
        { found: 'consistent, unwitnessed since 0 (exit 2)' },
        { found: 'consistent, unwitnessed since 0 (exit 2)' },
        {
          found: expect.stringMatching(
            /^inconsistent at 300: of records 300 to 399 .*exit 1/u,
          ) as string,
        },
        { found: expect.stringMatching(/^inconsistent at 0: .*exit 1/u) as string },
      ],
    });
    expect(isJsonObject(told) && status).toBe(0);
  }, 90_000);

  it('says in words what it does', () => {
    const { status, stdout } = run();
    expect(status).toBe(0);
    expect(stdout.match(/✓/gu)).toHaveLength(7);
    expect(stdout).not.toContain('✗');
  }, 90_000);
});
