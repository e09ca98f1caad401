import type { UpstreamRequest } from '#contracts/tool-server.ts';
import { isJsonObject, type Json, parseJson } from '#kernel/json/index.ts';
import type { ToolDefinition } from '#kernel/tool.ts';

/** An argument that a modern server wants repeated in a header (`x-mcp-header` in its schema). */
export interface Mirrored {
  readonly header: string;
  readonly path: readonly string[];
}

const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const deepest = 8;
const most = 64;

/** Which arguments of which tools are to be repeated; tools that want none are left out. */
export function mirroredOf(
  tools: readonly ToolDefinition[],
): ReadonlyMap<string, readonly Mirrored[]> {
  const found = new Map<string, readonly Mirrored[]>();
  for (const { name, definition } of tools) {
    const wanted: Mirrored[] = [];
    collect(definition['inputSchema'], [], wanted);
    if (wanted.length > 0) found.set(name, wanted);
  }
  return found;
}

function collect(schema: Json | undefined, path: readonly string[], into: Mirrored[]): void {
  if (!isJsonObject(schema) || path.length > deepest) return;
  const properties = schema['properties'];
  if (!isJsonObject(properties)) return;
  for (const [name, property] of Object.entries(properties)) {
    if (into.length >= most || !isJsonObject(property)) continue;
    const header = property['x-mcp-header'];
    const here = [...path, name];
    if (typeof header === 'string' && token.test(header)) {
      into.push({ header: `mcp-param-${header.toLowerCase()}`, path: here });
    }
    collect(property, here, into);
  }
}

/**
 * Names and values in turn. Only arguments of tools are repeated: nothing else has a schema that
 * could ask for it. INVARIANT: read from the judged bytes and from nothing else.
 */
export function mirroredHeaders(
  known: ReadonlyMap<string, readonly Mirrored[]>,
  { method, named, params }: Pick<UpstreamRequest, 'method' | 'named' | 'params'>,
): string[] {
  const wanted = method === 'tools/call' ? known.get(named ?? '') : undefined;
  if (wanted === undefined) return [];
  const given = parseJson(params);
  return wanted.flatMap(({ header, path }) => {
    const value = textAt(given, ['arguments', ...path]);
    return value === undefined ? [] : [header, headerText(value)];
  });
}

function textAt(given: Json, path: readonly string[]): string | undefined {
  let value: Json | undefined = given;
  for (const step of path) {
    if (!isJsonObject(value)) return undefined;
    value = value[step];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** A value that a header cannot carry, or that looks encoded, is encoded as the protocol says. */
export function headerText(text: string): string {
  if (plain.test(text) && !text.startsWith('=?base64?')) return text;
  return `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
