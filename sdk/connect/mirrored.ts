import { type JsonValue, readJson } from '../read-json.ts';
import type { Message } from './message.ts';
import { headerText } from './wire-headers.ts';

type Members = Readonly<Record<string, JsonValue>>;

interface Wanted {
  readonly header: string;
  readonly path: readonly string[];
}

const mostTools = 1_024;
const deepest = 16;

/**
 * Arguments that the newest revision repeats in headers, as lists of tools ask for (`x-mcp-header`). A
 * client that speaks over standard input has no headers: whoever carries its calls repeats them.
 */
export class Mirrored {
  readonly #byTool = new Map<string, readonly Wanted[]>();

  /** An answer to `tools/list`, as it came. */
  learn(bytes: Uint8Array): void {
    for (const tool of toolsIn(bytes)) {
      const { name, inputSchema } = tool;
      if (typeof name !== 'string') continue;
      const wanted: Wanted[] = [];
      collect(inputSchema, [], wanted);
      this.#byTool.delete(name);
      if (wanted.length > 0 && this.#byTool.size < mostTools) this.#byTool.set(name, wanted);
    }
  }

  headersFor({ method, params }: Message): Record<string, string> {
    const { name, arguments: given } = params;
    if (method !== 'tools/call' || typeof name !== 'string') return {};
    const wanted = this.#byTool.get(name);
    const pairs = (wanted ?? []).flatMap(({ header, path }) => {
      const text = textAt(given, path);
      return text === undefined ? [] : [[header, headerText(text)] as const];
    });
    return Object.fromEntries(pairs);
  }
}

function toolsIn(bytes: Uint8Array): readonly Members[] {
  let answer: JsonValue;
  try {
    answer = readJson(bytes);
  } catch {
    return [];
  }
  const result = isMembers(answer) ? answer['result'] : undefined;
  const tools = isMembers(result) ? result['tools'] : undefined;
  return Array.isArray(tools) ? (tools as readonly JsonValue[]).filter(isMembers) : [];
}

function collect(schema: JsonValue | undefined, path: readonly string[], into: Wanted[]): void {
  const properties = isMembers(schema) ? schema['properties'] : undefined;
  if (!isMembers(properties) || path.length > deepest) return;
  for (const [key, property] of Object.entries(properties)) {
    if (!isMembers(property)) continue;
    const header = property['x-mcp-header'];
    const here = [...path, key];
    if (typeof header === 'string' && /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(header)) {
      into.push({ header: `mcp-param-${header.toLowerCase()}`, path: here });
    }
    collect(property, here, into);
  }
}

function textAt(given: JsonValue | undefined, path: readonly string[]): string | undefined {
  let value = given;
  for (const step of path) {
    if (!isMembers(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function isMembers(value: JsonValue | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
