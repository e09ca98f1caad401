import { isJsonObject, type Json } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { SchemaCompiler } from './compile.ts';
import { compileDefaults, type Defaults } from './defaults.ts';
import { type Draft, SchemaDocument } from './document.ts';
import { type NamedMembers, namedMembers } from './named.ts';
import { type Check, fail, isBudgetSpent, newRun, type SchemaProblem } from './run.ts';
import { Unsupported } from './unsupported.ts';

export type { SchemaProblem } from './run.ts';

export interface SchemaOptions {
  /**
   * `refuse`: a member of the value itself that the schema does not name is no argument, whatever
   * `additionalProperties` says. `as-declared`: the schema decides alone.
   */
  readonly unnamed: 'refuse' | 'as-declared';
  readonly maxNodes?: number;
}

export type SchemaVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly problems: readonly SchemaProblem[] }
  | { readonly kind: 'unnamed'; readonly path: string; readonly name: string }
  | { readonly kind: 'budget' };

export interface CompiledSchema {
  readonly kind: 'compiled';
  /** Names that it gives to members of the value itself, whatever it does with others. */
  readonly members: SchemaMembers;
  /** Fills in what may be left out; undefined where there is nothing to. */
  readonly defaults: Defaults | undefined;
  validate(value: Json, budget?: number): SchemaVerdict;
}

export interface SchemaMembers {
  /** True also where it names nothing at all, so that nothing can be misspelt. */
  mayHave(name: string): boolean;
  readonly list: readonly string[];
}

export interface UnsupportedSchema {
  readonly kind: 'unsupported';
  readonly reason: string;
}

/** JSON Schema, draft-07 and 2020-12. What cannot be checked safely is not compiled at all. */
export function compileSchema(
  schema: Json,
  options: SchemaOptions,
): CompiledSchema | UnsupportedSchema {
  try {
    const document = new SchemaDocument(schema, draftOf(schema));
    const compiler = new SchemaCompiler(document, options.maxNodes ?? limits.schemaNodes);
    const check = compiler.compile(schema, document.root);
    const members = namedMembers(document, compiler, document.root);
    const named = options.unnamed === 'refuse' ? members : undefined;
    return {
      kind: 'compiled',
      members: {
        mayHave: (name) => members.none || members.has(name, newRun(limits.schemaWork, undefined)),
        list: members.list,
      },
      defaults: compileDefaults(document),
      validate: (value, budget = limits.schemaWork) => validate(check, named, value, budget),
    };
  } catch (error) {
    if (error instanceof Unsupported) return { kind: 'unsupported', reason: error.message };
    if (error instanceof RangeError) return { kind: 'unsupported', reason: 'nested too deep' };
    throw error;
  }
}

const valid: SchemaVerdict = Object.freeze({ kind: 'valid' });
const budgetSpent: SchemaVerdict = Object.freeze({ kind: 'budget' });

function validate(
  check: Check,
  named: NamedMembers | undefined,
  value: Json,
  budget: number,
): SchemaVerdict {
  const run = newRun(budget, undefined);
  try {
    if (named !== undefined && isJsonObject(value)) {
      const name = named.firstUnnamed(value, run);
      if (name !== undefined) return { kind: 'unnamed', path: pathTo(name), name };
    }
    return check(value, run, undefined) ? valid : explained(check, value, run.work);
  } catch (error) {
    if (isBudgetSpent(error)) return budgetSpent;
    throw error;
  }
}

/** The second pass, with what is left of the budget: slower, only for values that do not fit. */
function explained(check: Check, value: Json, workLeft: number): SchemaVerdict {
  const problems: SchemaProblem[] = [];
  const run = newRun(workLeft, problems);
  try {
    check(value, run, undefined);
  } catch (error) {
    if (!isBudgetSpent(error)) throw error;
  }
  if (problems.length === 0) fail(newRun(0, problems), 'does not fit the schema');
  return { kind: 'invalid', problems };
}

function pathTo(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** Another draft could mean something else by the same words, so it is refused, not guessed at. */
function draftOf(schema: Json): Draft {
  const declared = isJsonObject(schema) ? schema['$schema'] : undefined;
  if (declared === undefined) return '2020-12';
  if (typeof declared !== 'string') throw new Unsupported('`$schema` is not a text');
  switch (declared.replace(/#$/, '').replace(/^https:/, 'http:')) {
    case 'http://json-schema.org/draft-07/schema':
    case 'http://json-schema.org/draft-06/schema':
      return 'draft-07';
    case 'http://json-schema.org/draft/2020-12/schema':
    case 'http://json-schema.org/schema':
      return '2020-12';
    default:
      throw new Unsupported(`the dialect \`${declared.slice(0, 200)}\` is not supported`);
  }
}
