import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../..', import.meta.url);

/** Of every test, suite and case; not of the ledgers that are judged by them. */
export function testTexts(): string[] {
  return ['src', 'test', 'examples']
    .flatMap((folder) =>
      readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${folder}/${path}`,
      ),
    )
    .filter((path) => /\.(test|suite)\.ts$/.test(path) || path === 'test/e2e/cases.ts')
    .map((path) => readFileSync(new URL(path, root), 'utf8'));
}
