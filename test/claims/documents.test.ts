import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadDocuments } from '#config/index.ts';
import { documentKinds } from '../../src/programs/catalogue.ts';

const root = new URL('../..', import.meta.url);

const written = ['README.md', 'docs/config.md'].flatMap((file) => {
  const text = readFileSync(new URL(file, root), 'utf8');
  const blocks = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].map(([, yaml = '']) => yaml);
  return blocks.map((yaml, at) => ({ place: `${file}, example ${at + 1}`, yaml }));
});

describe('an example of a document', () => {
  it.each(written)('is one that loads: $place', ({ yaml }) => {
    const files = [{ file: 'a.yaml', bytes: Buffer.from(yaml) }];
    const { problems } = loadDocuments({ kinds: documentKinds, files });
    // An example need not bring along everything that it names.
    const own = problems.filter(({ message }) => !/^no \w+ is called /.test(message));
    expect(own).toEqual([]);
  });

  it('is found where they are written', () => {
    expect(written.length).toBeGreaterThanOrEqual(5);
  });
});
