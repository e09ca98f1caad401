import { type Refusal, refusal } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { ResolvedTool } from './door.ts';
import {
  type CompiledSchema,
  compileSchema,
  type SchemaProblem,
  type UnsupportedSchema,
} from './schema/index.ts';

interface ToolSchemas {
  readonly input: CompiledSchema | UnsupportedSchema;
  readonly output: CompiledSchema | UnsupportedSchema | undefined;
}

/** Compiled on first use and kept by the digest of the definition: 10,000 idle tools cost nothing. */
export interface SchemaCache {
  get(tool: ResolvedTool): ToolSchemas;
}

const keptSchemas = 20_000;

export function createSchemaCache(): SchemaCache {
  const cache = new Map<string, ToolSchemas>();
  return {
    get(tool) {
      const key = `${tool.pinned.digest}${tool.toolClass.openArguments ? '+' : ''}`;
      const known = cache.get(key);
      if (known !== undefined) return known;
      const { inputSchema, outputSchema } = tool.pinned.definition;
      const made: ToolSchemas = {
        input: compileSchema(inputSchema ?? { type: 'object' }, {
          unnamed: tool.toolClass.openArguments ? 'as-declared' : 'refuse',
        }),
        output:
          outputSchema === undefined
            ? undefined
            : compileSchema(outputSchema, { unnamed: 'as-declared' }),
      };
      if (cache.size >= keptSchemas) cache.clear();
      cache.set(key, made);
      return made;
    },
  };
}

export function checkArguments(
  cache: SchemaCache,
  tool: ResolvedTool,
  args: JsonObject,
): Refusal | undefined {
  const { input } = cache.get(tool);
  if (input.kind === 'unsupported') return unsupported(input);
  const verdict = input.validate(args);
  switch (verdict.kind) {
    case 'valid':
      return undefined;
    case 'budget':
      return refusal('tools/schema-budget');
    case 'unnamed':
      return refusal('tools/unnamed-argument', {
        message: `argument \`${shown(verdict.name)}\` is not part of the tool`,
        details: { path: shown(verdict.path), name: shown(verdict.name) },
      });
    case 'invalid':
      return refusal('tools/invalid-arguments', {
        message: describe(verdict.problems),
        details: {
          problems: verdict.problems.map(({ path, message }) => ({
            path: shown(path),
            message: shown(message),
          })),
        },
      });
  }
}

/** What the tool promised in its output schema; an answer without structure breaks it as well. */
export function checkStructured(
  cache: SchemaCache,
  tool: ResolvedTool,
  result: JsonObject,
): Refusal | undefined {
  if (!Array.isArray(result['content'])) {
    return refusal('tools/invalid-result', { message: 'the result has no content' });
  }
  const { output } = cache.get(tool);
  if (output === undefined || result['isError'] === true) return undefined;
  if (output.kind === 'unsupported') return unsupported(output);
  const structured: Json | undefined = result['structuredContent'];
  if (structured === undefined) {
    return refusal('tools/invalid-result', { message: 'the result lacks its structured content' });
  }
  return output.validate(structured).kind === 'valid' ? undefined : refusal('tools/invalid-result');
}

function unsupported({ reason }: UnsupportedSchema): Refusal {
  return refusal('tools/schema-unsupported', {
    message: `the schema of this tool cannot be checked safely: ${shown(reason)}`,
  });
}

function describe(problems: readonly SchemaProblem[]): string {
  const first = problems[0];
  if (first === undefined) return 'the arguments do not fit the tool';
  const place = first.path === '' ? 'the arguments' : `argument \`${shown(first.path)}\``;
  return `${place}: ${shown(first.message)}`;
}

/** Names come from outside: shown short and visible. */
function shown(text: string): string {
  return visibleText(text, { maxLength: 200 });
}
