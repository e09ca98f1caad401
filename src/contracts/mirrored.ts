import type { ArgumentHeaders } from '#kernel/call.ts';
import { isJsonObject, type Json } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** An argument that is repeated in a header of its call: `x-mcp-header` in the schema of its tool. */
export interface Mirrored {
  /** In lower case. */
  readonly header: string;
  readonly path: readonly string[];
}

const annotation = 'x-mcp-header';
const token = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;
const types = ['string', 'integer', 'boolean'];
const most = 64;

/**
 * The arguments of a tool that are repeated; undefined when its schema asks for it in a way that the
 * protocol forbids. INVARIANT: who reads the header and who reads the body must find the same value, so
 * it is asked for at places that one path of property names leads to, and nowhere else.
 */
export function mirroredIn(inputSchema: JsonObject): readonly Mirrored[] | undefined {
  const found: Mirrored[] = [];
  const isFine = collect(inputSchema, [], found) && found.length <= most;
  const isEachItsOwn = new Set(found.map(({ header }) => header)).size === found.length;
  return isFine && isEachItsOwn ? found : undefined;
}

function collect(schema: JsonObject, path: readonly string[], into: Mirrored[]): boolean {
  const { properties, [annotation]: name, ...rest } = schema;
  if (name !== undefined) {
    if (path.length === 0 || typeof name !== 'string' || !token.test(name)) return false;
    if (!isPlain(schema['type'])) return false;
    into.push({ header: `mcp-param-${name.toLowerCase()}`, path });
  }
  if (isAnnotatedBelow(rest)) return false;
  return Object.entries(isJsonObject(properties) ? properties : {}).every(
    ([key, property]) => !isJsonObject(property) || collect(property, [...path, key], into),
  );
}

/** `null` beside one of them says that there may be no value. */
function isPlain(type: Json | undefined): boolean {
  const named = (Array.isArray(type) ? type : [type]).filter((one) => one !== 'null');
  return named.length === 1 && types.some((one) => one === named[0]);
}

/** What a value is allowed to be is no schema, and may look like one. */
const values = new Set(['const', 'enum', 'default', 'examples']);

function isAnnotatedBelow(schema: JsonObject): boolean {
  return Object.entries(schema).some(([key, value]) => !values.has(key) && isAnnotated(value));
}

function isAnnotated(value: Json): boolean {
  if (Array.isArray(value)) return value.some(isAnnotated);
  if (!isJsonObject(value)) return false;
  // A property may have that name.
  return typeof value[annotation] === 'string' || isAnnotatedBelow(value);
}

/** As it stands in a header; undefined where there is nothing to repeat. */
export function mirroredText(args: JsonObject, path: readonly string[]): string | undefined {
  const value = valueAt(args, path);
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function valueAt(args: JsonObject, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args;
  for (const step of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
    value = value[step];
  }
  return value;
}

const plain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** A value that a header cannot carry, or that looks encoded, is encoded as the protocol says. */
export function headerText(text: string): string {
  if (plain.test(text) && !text.startsWith('=?base64?')) return text;
  return `=?base64?${Buffer.from(text).toString('base64')}?=`;
}

/** `=?base64?…?=` carries what a header cannot hold as it is; undefined when it is not well formed. */
export function headerValue(written: string): string | undefined {
  if (!written.startsWith('=?base64?') || !written.endsWith('?=')) {
    return /^[\t\x20-\x7e]*$/.test(written) ? written : undefined;
  }
  const encoded = written.slice('=?base64?'.length, -'?='.length);
  const bytes = Buffer.from(encoded, 'base64');
  const text = bytes.toString('utf8');
  // INVARIANT: one text has one form, so that no two readers of the header read two texts.
  const isWhole = bytes.toString('base64') === encoded && Buffer.from(text).equals(bytes);
  return isWhole ? text : undefined;
}

/** The header that does not repeat its argument. Others of its kind mean nothing, and are not read. */
export function contradictedHeader(
  mirrored: readonly Mirrored[],
  args: JsonObject,
  { values: given, must }: ArgumentHeaders,
): string | undefined {
  return mirrored.find(({ header, path }) => {
    const written = given[header];
    const text = mirroredText(args, path);
    if (written === undefined) return must && text !== undefined;
    const value = headerValue(written);
    return value === undefined || text === undefined || !isSame(value, text, valueAt(args, path));
  })?.header;
}

/** Numbers are compared as such: `42.0` is 42. */
function isSame(written: string, text: string, value: Json | undefined): boolean {
  if (written === text) return true;
  return (
    typeof value === 'number' && /^-?\d+(?:\.\d+)?$/.test(written) && Number(written) === value
  );
}
