import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readYaml } from '../src/config/read-yaml.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { compileSchema } from '../src/planes/tools/schema/index.ts';
import { documentKinds } from '../src/programs/catalogue.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every document that the pages and the examples show. */
function examples(): readonly JsonObject[] {
  const page = readFileSync(`${root}docs/config.md`, 'utf8');
  const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const files = readdirSync(`${root}examples`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => readFileSync(`${root}examples/${file}`, 'utf8'));
  return [...shown, ...files].flatMap((text, at) =>
    readYaml({ file: `${at}.yaml`, bytes: Buffer.from(text) }).documents.flatMap(({ value }) =>
      isJsonObject(value) && typeof value['kind'] === 'string' ? [value] : [],
    ),
  );
}

const textOf = (value: Json | undefined) => (typeof value === 'string' ? value : '');

const documents = examples();

const compiled = new Map(documentKinds.map(({ kind }) => [kind, compile(kind)]));

/** Our own reader of schemas takes no pattern that counts beyond a thousand: it then asks less. */
function compile(kind: string) {
  const text = readFileSync(`${root}examples/schemas/${kind}.json`, 'utf8');
  const schema = parseJson(
    Buffer.from(text.replace(/"pattern": ".*\{\d+,\d{4,}\}.*"/g, '"title": ""')),
  );
  const read = compileSchema(schema, { unnamed: 'as-declared' });
  if (read.kind !== 'compiled') throw new Error(JSON.stringify(read));
  return read;
}

function editorTakes(document: JsonObject): boolean {
  return compiled.get(textOf(document['kind']))?.validate(document).kind === 'valid';
}

function loaderTakes({ kind, name, spec }: JsonObject): boolean {
  const own = documentKinds.find((one) => one.kind === kind);
  return own?.parse(textOf(name), spec as JsonObject).kind === 'parsed';
}

const withSpec = (document: JsonObject, spec: JsonObject): JsonObject => ({ ...document, spec });

/** What somebody does to a document by accident, at each of its first fields. */
function* slips(document: JsonObject): Generator<readonly [string, JsonObject]> {
  const spec = document['spec'] as JsonObject;
  yield ['an unknown key', withSpec(document, { ...spec, nonsense: 1 })];
  for (const [key, value] of Object.entries(spec)) {
    const other: Json = typeof value === 'number' ? 'x' : 7;
    yield [`${key} of another type`, withSpec(document, { ...spec, [key]: other })];
    const { [key]: _, ...rest } = spec;
    yield [`without ${key}`, withSpec(document, rest)];
  }
}

describe('the schemas for editors', () => {
  it('are there for every kind, and the pages show a document of nearly each', () => {
    const files = documentKinds.map(({ kind }) => `${kind}.json`);
    expect(readdirSync(`${root}examples/schemas`).sort()).toEqual([...files, 'any.json'].sort());
    expect(documentKinds.filter(({ schema }) => schema === undefined)).toEqual([]);
    expect(new Set(documents.map(({ kind }) => kind)).size).toBeGreaterThan(10);
  });

  it('take whatever the loader takes', () => {
    const taken = documents.filter(loaderTakes);
    expect(taken.length).toBeGreaterThan(20);
    expect(taken.filter((one) => !editorTakes(one))).toEqual([]);
    for (const one of taken) {
      for (const [, slip] of slips(one)) {
        if (loaderTakes(slip)) expect(editorTakes(slip)).toBe(true);
      }
    }
  });

  it('refuse what the loader refuses of a shape', () => {
    const passed = documents.filter(loaderTakes).flatMap((one) =>
      [...slips(one)]
        .filter(([what, slip]) => !what.startsWith('without') && !loaderTakes(slip))
        .filter(([, slip]) => editorTakes(slip))
        .map(([what]) => `${textOf(one['kind'])}: ${what}`),
    );
    expect(passed).toEqual([]);
  });
});
