import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { installStrangers, strangerFile } from './strangers.ts';

const root = join(
  process.env['BAILIWICK_CORPORA'] ?? resolve('..', 'shared', 'data'),
  'mcp/schema',
);

/** Undefined where the published schemas, and what reads them, are at hand; else why not. */
export async function missingSchemas(): Promise<string | undefined> {
  const missing = await installStrangers();
  if (missing !== undefined) return missing;
  return existsSync(root) ? undefined : `no schemas are at ${root}; set BAILIWICK_CORPORA`;
}

type Validate = ((value: unknown) => boolean) & { errors?: unknown };
interface Ajv {
  addSchema(schema: unknown, key: string): unknown;
  getSchema(reference: string): Validate;
}

/** What of a value does not satisfy a definition of that revision. */
export type Satisfies = (definition: string, value: unknown) => unknown[];

export function schemaOf(revision: string): Satisfies {
  const schema = JSON.parse(readFileSync(join(root, revision, 'schema.json'), 'utf8')) as object;
  const isNew = '$defs' in schema;
  const load = createRequire(strangerFile('ajv', 'package.json'));
  const made = load(isNew ? './dist/2020.js' : './dist/ajv.js') as {
    default: new (options: unknown) => Ajv;
  };
  const ajv = new made.default({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(schema, 'mcp');
  return (definition, value) => {
    const validate = ajv.getSchema(`mcp#/${isNew ? '$defs' : 'definitions'}/${definition}`);
    return validate(value) ? [] : [validate.errors];
  };
}
