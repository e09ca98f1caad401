import type { DocumentProblem } from '#contracts/document-kind.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool, ServerEntry } from '#kernel/snapshot.ts';
import { nearest } from '#kernel/text/index.ts';
import { type SchemaPaths, schemaLeaves } from './schema-leaves.ts';

/**
 * Paths of `flow` that mean nothing of the definition that is approved: an argument of such a name is free text, and
 * a field that nobody answers for. What a schema leaves open, and what is not approved yet, is not judged.
 */
export function flowMisfits(
  { name: server, tools }: Pick<ServerEntry, 'name' | 'tools'>,
  pinned: (server: string, tool: string) => PinnedTool | undefined,
): readonly DocumentProblem[] {
  return Object.entries(tools).flatMap(([tool, { flow }]) => {
    const definition = pinned(server, tool)?.definition;
    if (flow === undefined || definition === undefined) return [];
    const at = ['spec', 'tools', tool, 'flow'];
    const told = (paths: readonly string[], where: readonly string[], of: 'input' | 'output') =>
      misfits(definition[`${of}Schema`], paths, of).map(({ path, meant }) =>
        problemOf(`${server}/${tool}`, [...at, ...where], { path, meant, of }),
      );
    return [
      ...told(Object.keys(flow.sinks), ['sinks'], 'input'),
      ...told(flow.asserted, ['results', 'asserted'], 'output'),
    ];
  });
}

interface Misfit {
  readonly path: string;
  readonly meant: string | undefined;
}

function misfits(
  schema: Json | undefined,
  paths: readonly string[],
  of: 'input' | 'output',
): readonly Misfit[] {
  if (!isSchema(schema)) return [];
  const known = schemaLeaves(schema);
  return paths.flatMap((path) => {
    if (isIn(known, path)) return [];
    const meant = meantBy(known, path);
    // Servers answer with more than they list; only what looks like a slip is told.
    return of === 'output' && meant === undefined ? [] : [{ path, meant }];
  });
}

function isSchema(schema: Json | undefined): schema is JsonObject {
  return schema !== undefined && isJsonObject(schema);
}

/** The path of a list stands for its items, as the judge reads it. */
function isIn({ leaves, open }: SchemaPaths, path: string): boolean {
  if (leaves.some((leaf) => leaf.path === path || leaf.path.replace(/(?:\[\])+$/, '') === path)) {
    return true;
  }
  return open.some(
    (at) => at === '' || at === path || path.startsWith(`${at}.`) || path.startsWith(`${at}[]`),
  );
}

const plain = (path: string): string => path.replaceAll('[]', '');

/** The same without its lists, the one value of an object, or what is spelt nearly so. */
function meantBy({ leaves }: SchemaPaths, path: string): string | undefined {
  const paths = leaves.map((leaf) => leaf.path);
  const listed = paths.find((one) => plain(one) === plain(path));
  if (listed !== undefined) return listed;
  const inside = paths.filter((one) => one.startsWith(`${path}.`) || one.startsWith(`${path}[]`));
  if (inside.length > 0) return inside[0];
  const near = nearest(plain(path), paths.map(plain));
  return near === undefined ? undefined : paths.find((one) => plain(one) === near);
}

function problemOf(
  tool: string,
  path: readonly string[],
  { path: given, meant, of }: Misfit & { readonly of: 'input' | 'output' },
): DocumentProblem {
  const what = of === 'input' ? 'an argument' : 'a result';
  return {
    path: [...path, given],
    message: `\`${given}\` names no value in ${what} of \`${tool}\`, as it is approved`,
    suggestedAction:
      meant === undefined
        ? `name one that its ${of} schema lists (\`bailiwick suggest flow\` drafts them)`
        : `did you mean \`${meant}\`?`,
  };
}
