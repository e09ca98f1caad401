import { readFileSync } from 'node:fs';
import { documentSchema, wordsOf } from '../src/config/index.ts';
import { documentKinds } from '../src/programs/catalogue.ts';

/** A schema for each kind of document, and one that takes any of them. */
export function documentSchemas(root: string): Readonly<Record<string, () => string>> {
  const page = () => readFileSync(`${root}docs/config.md`, 'utf8');
  const all = documentKinds.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
  const each = all.map((kind) => [
    `examples/schemas/${kind.kind}.json`,
    () => json(documentSchema(kind, wordsOf(page(), kind.kind))),
  ]);
  const any = () =>
    json({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 'a document of Bailiwick',
      anyOf: all.map(({ kind }) => ({ $ref: `${kind}.json` })),
    });
  return Object.fromEntries([...each, ['examples/schemas/any.json', any]]) as Readonly<
    Record<string, () => string>
  >;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
