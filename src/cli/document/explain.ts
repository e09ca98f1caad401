import { readdirSync, readFileSync } from 'node:fs';
import { fieldOf, formsOf, pathOf } from '#config/schema-fields.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type Command, word } from '../command.ts';
import { cell, facts, table, textOf, whole } from '../output.ts';
import { nearest } from '../suggest.ts';

const schemas = new URL('../../../examples/schemas/', import.meta.url);

export const explain: Command = {
  name: 'explain',
  summary: 'Says what a kind of document has in it, or what one of its fields means; asks nobody.',
  words: 'KIND[.FIELD]',
  yaml: true,
  flags: {},
  examples: [
    'bailiwick explain Agent',
    'bailiwick explain ToolServer.results.page',
    'bailiwick explain Manifest.tools.arguments',
  ],
  async run(input) {
    const [kind = '', ...path] = pathOf(word(explain, input, 0, 'KIND'));
    const schema = schemaOf(kind);
    const field = fieldIn(schema, kind, path);
    const members = membersOf(field);
    const answer = { field: [kind, ...path].join('.'), ...about(field), members };
    input.out.print(answer, () => {
      const { members: _, ...head } = answer;
      const rows = members.map((one) => [
        `${textOf(one['name'])}${one['required'] === true ? ' *' : ''}`,
        cell(one['type']),
        cell(one['words'], 200),
      ]);
      const list = rows.length === 0 ? [] : ['', table(['FIELD (* required)', 'TYPE', ''], rows)];
      return [facts(Object.entries(head)), ...list].join('\n');
    });
  },
};

/** The kinds of documents that there are. */
function kinds(): readonly string[] {
  return readdirSync(schemas)
    .map((file) => file.replace(/\.json$/, ''))
    .filter((kind) => kind !== 'any')
    .sort();
}

function schemaOf(kind: string): JsonObject {
  if (!kinds().includes(kind)) throw nothing(`there is no kind \`${kind}\``, kind, kinds());
  const read = parseJson(readFileSync(new URL(`${kind}.json`, schemas)));
  const spec = isJsonObject(read) ? fieldOf(read, ['spec']) : undefined;
  return spec ?? {};
}

function fieldIn(schema: JsonObject, kind: string, path: readonly string[]): JsonObject {
  const known = path.filter((part) => part !== 'spec');
  const found = fieldOf(schema, known);
  if (found !== undefined) return found;
  const at = known.findIndex(
    (_, index) => fieldOf(schema, known.slice(0, index + 1)) === undefined,
  );
  const above = fieldOf(schema, known.slice(0, at)) ?? {};
  const names = membersOf(above).map(({ name }) => textOf(name));
  const asked = known[at] ?? '';
  const where = [kind, ...known.slice(0, at)].join('.');
  throw nothing(`\`${where}\` has no field \`${asked}\``, asked, names);
}

function nothing(message: string, asked: string, known: readonly string[]): BailiwickError {
  const meant = nearest(asked, known);
  const suggestedAction =
    meant === undefined ? `use one of ${known.join(', ')}` : `did you mean \`${meant}\`?`;
  return new BailiwickError('cli/usage', { message, suggestedAction });
}

function membersOf(field: JsonObject): readonly JsonObject[] {
  return formsOf(field).flatMap((form) => {
    const { properties, required, items, additionalProperties } = form;
    if (isJsonObject(items)) return membersOf(items);
    if (isJsonObject(additionalProperties)) {
      return [{ name: 'NAME', ...about(additionalProperties) }];
    }
    if (!isJsonObject(properties)) return [];
    const needed = Array.isArray(required) ? required : [];
    return Object.entries(properties).map(([name, one]) => ({
      name,
      required: needed.includes(name),
      ...(isJsonObject(one) ? about(one) : {}),
    }));
  });
}

const bounds = ['default', 'enum', 'const', 'minimum', 'maximum', 'minLength', 'maxLength'];

function about(field: JsonObject): JsonObject {
  const words = field['description'];
  const told = bounds.filter((name) => field[name] !== undefined);
  return {
    type: typeOf(field),
    ...(words === undefined ? {} : { words }),
    ...Object.fromEntries(told.map((name) => [name, field[name] ?? null])),
  };
}

function typeOf(field: JsonObject): string {
  const { type, items, enum: values } = field;
  if (Array.isArray(values)) return values.map((one) => whole(one)).join(' | ');
  if (isJsonObject(items)) return `list of ${typeOf(items)}`;
  if (typeof type === 'string') return type;
  const forms = formsOf(field).slice(1).map(typeOf);
  return forms.length === 0 ? 'any' : [...new Set(forms)].join(' or ');
}
