import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import type { ToolDefinition } from '#kernel/tool.ts';

const cursorLength = 8_192;

/**
 * All pages of a list. INVARIANT: a list is whole or a fault. Half a list would look like tools
 * that were taken away.
 */
export async function collectTools(
  page: (cursor: string | undefined) => Promise<JsonObject>,
): Promise<readonly ToolDefinition[]> {
  const found = new Map<string, ToolDefinition>();
  const cursors = new Set<string>();
  let cursor: string | undefined;
  do {
    const result = await page(cursor);
    readPage(result, found);
    cursor = nextCursor(result);
    if (cursor !== undefined) {
      if (cursors.has(cursor)) throw bad('a page of the list came twice');
      cursors.add(cursor);
      if (cursors.size > limits.toolsPerServer) throw bad('the list does not end');
    }
  } while (cursor !== undefined);
  return [...found.values()];
}

function readPage(result: JsonObject, found: Map<string, ToolDefinition>): void {
  const type = result['resultType'];
  if (type !== undefined && type !== 'complete') throw bad('the list is of an unknown type');
  const tools = result['tools'];
  if (!Array.isArray(tools)) throw bad('the list has no tools');
  for (const tool of tools as readonly Json[]) {
    const definition = readTool(tool);
    if (found.has(definition.name)) throw bad('two tools have the same name');
    if (found.size >= limits.toolsPerServer) throw bad('the list has too many tools');
    found.set(definition.name, definition);
  }
}

function readTool(value: Json): ToolDefinition {
  if (!isJsonObject(value)) throw bad('a tool is no object');
  const name = value['name'];
  if (typeof name !== 'string' || name === '') throw bad('a tool has no name');
  if (Buffer.byteLength(name) > limits.toolNameBytes) throw bad('the name of a tool is too long');
  const bytes = canonicalBytes(value);
  if (bytes.length > limits.toolDefinitionBytes) throw bad('the definition of a tool is too large');
  return { name, definition: value, digest: sha256Hex(bytes) };
}

/** An empty cursor is a cursor; only its absence ends the list. */
function nextCursor(result: JsonObject): string | undefined {
  const cursor = result['nextCursor'];
  if (cursor === undefined || cursor === null) return undefined;
  if (typeof cursor !== 'string' || cursor.length > cursorLength) throw bad('a cursor is unusable');
  return cursor;
}

function bad(why: string): BailiwickError {
  return new BailiwickError('tools/upstream-protocol', {
    message: `the tool server broke the protocol: ${why}`,
  });
}
