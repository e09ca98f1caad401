import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { controlSettings, gatewaySettings } from '../../src/programs/settings.ts';
import { documentKinds as kinds } from '../../src/programs/catalogue.ts';
import { samples } from './samples.ts';
import { filesWith, readSources } from './sources.ts';

const { product } = readSources();
const page = readFileSync(new URL('../../docs/config.md', import.meta.url), 'utf8');

/** Rows of the kind's table: every name in code in its first column, the outer name where it is a path. */
function documented(kind: string): string[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${kind}\n`)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const inText = /^`(\w+)`:/m.exec(section)?.[1];
  const names = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)/g)]);
  return [...new Set([...names.map((match) => match[1] ?? ''), ...(inText ? [inText] : [])])];
}

function problemsOf(kind: string, spec: JsonObject): readonly string[] {
  const parsed = kinds.find((one) => one.kind === kind)?.parse('sample', spec);
  if (parsed === undefined) return ['no such kind'];
  return parsed.kind === 'parsed' ? [] : parsed.problems.map(({ message }) => message);
}

describe('every field of a document', () => {
  it('is of a kind that has a sample and a section', () => {
    expect(Object.keys(samples).sort()).toEqual(kinds.map(({ kind }) => kind).sort());
    for (const { kind } of kinds) expect(documented(kind), kind).not.toEqual([]);
  });

  it.each(kinds.map(({ kind }) => kind))(
    'of kind %s is documented, and what is documented is read',
    (kind) => {
      const specs = samples[kind] ?? [];
      for (const spec of specs) expect(problemsOf(kind, spec)).toEqual([]);
      const used = [...new Set(specs.flatMap((spec) => Object.keys(spec)))].sort();
      expect(used).toEqual(documented(kind).sort());
    },
  );

  it.each(kinds.map(({ kind }) => kind))('of kind %s that nobody knows is a problem', (kind) => {
    const [spec = {}] = samples[kind] ?? [];
    expect(problemsOf(kind, { ...spec, unheardOf: 1 })).toEqual(['unknown key `unheardOf`']);
  });

  it('of the compiled configuration is read by somebody beside the one who parses it', () => {
    const source = product.get('src/kernel/snapshot.ts') ?? '';
    const fields = new Set(
      [...source.matchAll(/readonly (\w+)[?]?:/g)].map((match) => match[1] ?? ''),
    );
    expect(fields.size).toBeGreaterThan(40);
    const parsers = [...product.keys()].filter((path) =>
      /-kind\.ts$|server-connect\.ts$/.test(path),
    );
    const dead = [...fields].filter(
      (field) =>
        filesWith(product, new RegExp(`\\.${field}\\b|[{,]\\s*${field}\\s*[,:}]`), [
          'src/kernel/snapshot.ts',
          ...parsers,
        ]).length === 0,
    );
    expect(dead).toEqual([]);
  });
});

describe('every setting of a program', () => {
  const names = [
    ...new Set([controlSettings, gatewaySettings].flatMap(({ shape }) => Object.keys(shape))),
  ];

  it.each(names)('%s is read by the program that is told it', (name) => {
    const readers = filesWith(
      product,
      new RegExp(
        `settings\\.${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\}[^;]*settings|options\\.${name}\\b`,
      ),
      ['src/programs/settings.ts', 'src/programs/up/main.ts'],
    );
    expect(readers).not.toEqual([]);
  });
});
