import { errorCodes } from '#kernel/error-codes.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import { type Mirrored, mirroredIn } from '#contracts/mirrored.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { Declared } from './bounds.ts';
import {
  type CompiledSchema,
  compileSchema,
  type SchemaProblem,
  type SchemaVerdict,
} from './schema/index.ts';

/** Both schemas of one approved definition, ready to run. */
export interface ToolChecks {
  readonly kind: 'ready';
  readonly input: CompiledSchema;
  readonly output: CompiledSchema | undefined;
  /** Arguments that its calls repeat in headers; mostly none. */
  readonly mirrored: readonly Mirrored[];
}

export type ToolChecksOrNot =
  | ToolChecks
  | { readonly kind: 'unsupported'; readonly reason: string };

export interface CheckCache {
  get(pinned: PinnedTool, openArguments: boolean): ToolChecksOrNot;
  /** What this configuration used, for the next one. */
  readonly used: ReadonlyMap<string, ToolChecksOrNot>;
}

/**
 * By definition digest, so that a Snapshot that changes one tool compiles one tool. Of the one before
 * only what was used is kept: what two in a row did not use is forgotten.
 */
export function createCheckCache(before?: Pick<CheckCache, 'used'>): CheckCache {
  const earlier = before?.used;
  const used = new Map<string, ToolChecksOrNot>();
  return {
    used,
    get(pinned, openArguments) {
      const key = openArguments ? `open ${pinned.digest}` : pinned.digest;
      let checks = used.get(key);
      if (checks === undefined) {
        checks = earlier?.get(key) ?? compileChecks(pinned.definition, openArguments);
        used.set(key, checks);
      }
      return checks;
    },
  };
}

/** An output schema that cannot be checked refuses the call before it has an effect. */
function compileChecks(definition: JsonObject, openArguments: boolean): ToolChecksOrNot {
  const { inputSchema, outputSchema } = definition;
  if (!isJsonObject(inputSchema)) return { kind: 'unsupported', reason: 'it has no input schema' };
  const mirrored = mirroredIn(inputSchema);
  if (mirrored === undefined) return { kind: 'unsupported', reason: misplaced };
  const input = compileSchema(inputSchema, { unnamed: openArguments ? 'as-declared' : 'refuse' });
  if (input.kind === 'unsupported') return input;
  if (outputSchema === undefined) return { kind: 'ready', input, mirrored, output: undefined };
  const output = compileSchema(outputSchema, { unnamed: 'as-declared' });
  return output.kind === 'unsupported' ? output : { kind: 'ready', input, mirrored, output };
}

const misplaced = '`x-mcp-header` stands where the protocol forbids it';

/** What is judged instead of what was sent; the same object when nothing was left out. */
export function completeArguments(checks: ToolChecks, args: JsonObject): JsonObject | Refusal {
  const { defaults } = checks.input;
  if (defaults === undefined) return args;
  return defaults.fill(args) ?? refusal('tools/schema-budget');
}

export function judgeArguments(checks: ToolChecks, args: JsonObject): Refusal | undefined {
  const verdict = checks.input.validate(args);
  return verdict.kind === 'valid' ? undefined : argumentRefusal(verdict, checks.input.members.list);
}

/** What the definition says of its arguments, for those who bound them. */
export function declaredArguments(checks: ToolChecks, definition: JsonObject): Declared {
  const { inputSchema } = definition;
  const properties = isJsonObject(inputSchema) ? inputSchema['properties'] : undefined;
  return {
    has: (name) => checks.input.members.mayHave(name),
    defaultOf(name) {
      const property =
        isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
      return isJsonObject(property) ? property['default'] : undefined;
    },
  };
}

type Misfit = Exclude<SchemaVerdict, { readonly kind: 'valid' }>;

/** INVARIANT: a record has names that the schema has; what the caller called an argument is told to the caller alone. */
function argumentRefusal(misfit: Misfit, named: readonly string[]): Refusal {
  if (misfit.kind === 'budget') return refusal('tools/schema-budget');
  if (misfit.kind === 'unnamed') {
    const argument = shown(misfit.name);
    return refusal('tools/unnamed-argument', {
      recordedMessage: errorCodes['tools/unnamed-argument'].message,
      message: `\`${argument}\` is not an argument of this tool`,
      details: { argument },
    });
  }
  return refusal('tools/invalid-arguments', {
    recordedMessage: `the arguments do not fit the tool: ${recorded(misfit.problems, named)}`,
    message: `the arguments do not fit the tool: ${firstOf(misfit.problems)}`,
    details: { problems: told(misfit.problems) },
  });
}

/** A result that says `isError` describes a failure, not what the schema promises. */
export function judgeResult(checks: ToolChecks, result: JsonObject): Refusal | undefined {
  if (!Array.isArray(result['content'])) {
    return refusal('tools/invalid-result', { message: 'the result has no content' });
  }
  if (checks.output === undefined || result['isError'] === true) return undefined;
  const structured = result['structuredContent'];
  if (structured === undefined) {
    return refusal('tools/invalid-result', { message: 'the result has no structured content' });
  }
  const verdict = checks.output.validate(structured);
  return verdict.kind === 'valid' ? undefined : resultRefusal(verdict);
}

function resultRefusal(misfit: Misfit): Refusal {
  if (misfit.kind === 'budget') {
    return refusal('tools/invalid-result', { message: 'the result is too large to check' });
  }
  if (misfit.kind === 'unnamed') return refusal('tools/invalid-result');
  return refusal('tools/invalid-result', {
    message: `the result does not fit the tool: ${firstOf(misfit.problems)}`,
    details: { problems: told(misfit.problems) },
  });
}

const longest = 200;

/** INVARIANT: names and rules are told, values never; both are short and made visible. */
function shown(text: string): string {
  return visibleText(text, { maxLength: longest });
}

function firstOf(problems: readonly SchemaProblem[]): string {
  const first = problems[0];
  if (first === undefined) return 'it does not match the schema';
  return `\`${shown(first.path === '' ? '/' : first.path)}\` ${shown(first.message)}`;
}

/** Of what lies deeper than an argument of the schema nobody knows who named it. */
function recorded(problems: readonly SchemaProblem[], named: readonly string[]): string {
  const [first] = problems;
  if (first === undefined || first.path === '') return firstOf(problems);
  const argument = argumentOf(first.path);
  if (!named.includes(argument)) return 'an argument does not match the schema';
  const isWhole = first.path.indexOf('/', 1) < 0;
  return isWhole
    ? firstOf(problems)
    : `something in \`${shown(argument)}\` ${shown(first.message)}`;
}

function told(problems: readonly SchemaProblem[]): JsonObject[] {
  return problems.slice(0, 5).map(({ path, message }) => ({
    argument: shown(argumentOf(path)),
    path: shown(path),
    message: shown(message),
  }));
}

/** The first part of a JSON pointer: the argument itself. */
function argumentOf(path: string): string {
  const [, first = ''] = path.split('/', 2);
  return first.replaceAll('~1', '/').replaceAll('~0', '~');
}
