import { canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { modernRevision, type Revision } from './revisions.ts';

/** Revisions are dates, so that they compare as texts. */
const structured: Revision = '2025-06-18';
const audio: Revision = '2025-03-26';
const toolHints: Revision = '2025-03-26';
const icons: Revision = '2025-11-25';

/**
 * The result without what its reader's revision does not know. INVARIANT: it only leaves out, or says
 * as text what the revision has no form for; the same object comes back when there was nothing.
 */
export function fitResult(revision: Revision, result: JsonObject): JsonObject {
  if (revision === modernRevision) return result;
  const { structuredContent, content, messages, contents } = result;
  // The usual one of the usual revision is looked at no further.
  const carries = structuredContent === undefined || isJsonObject(structuredContent);
  if (revision >= icons && carries) return result;
  const fitted: Record<string, Json> = { ...result };
  if (Array.isArray(content)) fitted['content'] = contentsFor(revision, content);
  if (Array.isArray(messages)) fitted['messages'] = objects(messages, messageFor(revision));
  if (Array.isArray(contents) && revision < structured) {
    fitted['contents'] = objects(contents, withoutMeta);
  }
  if (!carries || (structuredContent !== undefined && revision < structured)) {
    delete fitted['structuredContent'];
    fitted['content'] = withText(fitted['content'], structuredContent ?? null);
  }
  return fitted;
}

/** One item of a list: a tool, a resource, a template, a prompt. */
export function fitItem(revision: Revision, list: string, item: JsonObject): JsonObject {
  const unknown = unknownOf(revision, list, item);
  const fitted = without(item, unknown);
  const { arguments: given } = fitted;
  // A tool has none; those of a prompt have titles where everything has.
  if (revision >= structured || !Array.isArray(given)) return fitted;
  return { ...fitted, arguments: objects(given, (one) => without(one, ['title'])) };
}

function unknownOf(revision: Revision, list: string, { outputSchema }: JsonObject): string[] {
  const unknown: string[] = [];
  // Tasks are not served, so nobody is told of them in the revision that may not name them here.
  if (revision !== icons) unknown.push('execution');
  if (revision < icons) unknown.push('icons');
  if (revision < structured) unknown.push('title', '_meta', 'outputSchema');
  if (revision < toolHints && list === 'tools') unknown.push('annotations');
  const isOfObjects = isJsonObject(outputSchema) && outputSchema['type'] === 'object';
  if (revision !== modernRevision && outputSchema !== undefined && !isOfObjects) {
    unknown.push('outputSchema');
  }
  return unknown;
}

function messageFor(revision: Revision): (message: JsonObject) => JsonObject {
  return (message) => {
    const { content } = message;
    return isJsonObject(content) ? { ...message, content: partFor(revision, content) } : message;
  };
}

function contentsFor(revision: Revision, content: readonly Json[]): Json[] {
  return objects(content, (part) => partFor(revision, part));
}

function partFor(revision: Revision, part: JsonObject): JsonObject {
  const { type, resource } = part;
  if (type === 'audio' && revision < audio) return asText(`[sound, ${textOf(part['mimeType'])}]`);
  if (type === 'resource_link' && revision < structured) return asText(linkText(part));
  const known = without(part, revision < icons ? ['icons'] : []);
  if (revision >= structured) return known;
  const bare = withoutMeta(known);
  return isJsonObject(resource) ? { ...bare, resource: withoutMeta(resource) } : bare;
}

function linkText({ name, uri, description }: JsonObject): string {
  const about = description === undefined ? '' : `: ${textOf(description)}`;
  return `[${textOf(name)}](${textOf(uri)})${about}`;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function asText(text: string): JsonObject {
  return { type: 'text', text };
}

/** A server should say the same as text; where it did not, its reader would be told nothing. */
function withText(content: Json | undefined, value: Json): Json[] {
  const parts = Array.isArray(content) ? [...(content as readonly Json[])] : [];
  const hasText = parts.some((part) => isJsonObject(part) && part['type'] === 'text');
  return hasText ? parts : [...parts, asText(canonicalText(value))];
}

function withoutMeta(value: JsonObject): JsonObject {
  return without(value, ['_meta']);
}

function without(value: JsonObject, names: readonly string[]): JsonObject {
  if (!names.some((name) => Object.hasOwn(value, name))) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function objects(values: readonly Json[], change: (value: JsonObject) => JsonObject): Json[] {
  return values.map((value) => (isJsonObject(value) ? change(value) : value));
}
