import { z } from 'zod';
import type { DocumentKind } from '#contracts/document-kind.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { fieldOf, pathOf } from './schema-fields.ts';

/** What a field is called in the pages (`connect.url`, `tools[].tool`, `tools.NAME`), and what they say of it. */
export interface FieldWords {
  readonly path: readonly string[];
  readonly words: string;
}

/**
 * JSON Schema of a whole document, for editors. INVARIANT: it takes whatever the loader takes; what only the
 * loader knows (one field beside another, names of other documents) it does not refuse.
 */
export function documentSchema(kind: DocumentKind, words: readonly FieldWords[]): JsonObject {
  const spec = (kind.schema === undefined ? {} : specSchema(kind.schema)) as JsonObject;
  delete (spec as Record<string, Json>)['$schema'];
  for (const one of words) describe(spec, one);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: kind.kind,
    type: 'object',
    additionalProperties: false,
    required: ['kind', 'name', 'spec'],
    properties: {
      kind: { const: kind.kind },
      name: { type: 'string', pattern: '^[a-z0-9][a-z0-9-]{0,63}$' },
      tenant: { type: 'string' },
      spec,
    },
  };
}

function specSchema(schema: z.core.$ZodType): unknown {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // What is read before its shape is asked is a text that is short for it.
      if (!(zodSchema instanceof z.ZodPipe) || !(zodSchema.in instanceof z.ZodTransform)) return;
      const whole = { ...jsonSchema };
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      jsonSchema.anyOf = [{ type: 'string' }, whole];
    },
  });
}

function describe(spec: JsonObject, { path, words }: FieldWords): void {
  const found: Record<string, Json> | undefined = fieldOf(spec, path);
  if (found === undefined) return;
  const before = found['description'];
  found['description'] = typeof before === 'string' ? `${before}; ${words}` : words;
}

/**
 * What the page of the kinds says of the fields of one: each row of the tables below `## KIND` whose first cell is
 * a field.
 */
export function wordsOf(page: string, kind: string): readonly FieldWords[] {
  const from = page.indexOf(`\n## ${kind}\n`);
  if (from < 0) return [];
  const end = page.indexOf('\n## ', from + 1);
  const rows = page.slice(from, end < 0 ? undefined : end).matchAll(/^\| (`.*?) \| (.*) \|$/gm);
  return [...rows].flatMap(([, cell = '', rest = '']) => {
    const [meaning = '', usual = ''] = rest.split(/(?<!\\) \| /);
    const words = /^(required)?$/.test(usual.trim())
      ? meaning
      : `${meaning} (usual: ${usual.trim()})`;
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, field = '']) => ({
      path: pathOf(field.replace(/:.*$/, '')),
      words: words.replaceAll('`', ''),
    }));
  });
}
