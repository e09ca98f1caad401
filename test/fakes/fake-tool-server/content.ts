import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { textOf } from './tools.ts';

/** What the fake lists, and what it answers for each URI, honest or not. */
export interface FakeContent {
  readonly resources: readonly JsonObject[];
  readonly templates: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  /** By URI; a resource that is listed and not here holds its own name. */
  readonly contents: Readonly<Record<string, readonly JsonObject[]>>;
  /** By name; a prompt that is listed and not here asks to sum up its topic. */
  readonly messages: Readonly<Record<string, readonly JsonObject[]>>;
}

function resource(uri: string, mimeType: string): JsonObject {
  return { uri, name: uri.slice(uri.lastIndexOf('/') + 1), mimeType };
}

/** What the fake serves unless it is told otherwise. */
export const usualContent: FakeContent = {
  resources: [
    resource('file:///docs/handbook.md', 'text/markdown'),
    resource('file:///docs/logo.png', 'image/png'),
    resource('file:///docs/long.txt', 'text/plain'),
    resource('file:///docs/slow.txt', 'text/plain'),
    resource('file:///private/salaries.csv', 'text/csv'),
  ],
  templates: [
    { uriTemplate: 'file:///docs/{name}', name: 'a document' },
    { uriTemplate: 'file:///private/{name}', name: 'a private document' },
  ],
  prompts: [
    { name: 'summary', arguments: [{ name: 'topic', required: true }] },
    { name: 'hidden', description: 'Not for everybody.' },
  ],
  contents: {
    'file:///docs/handbook.md': [
      {
        uri: 'file:///docs/handbook.md',
        mimeType: 'text/markdown',
        text: 'Ask before you pay. 漢字',
      },
    ],
    'file:///docs/logo.png': [
      { uri: 'file:///docs/logo.png', mimeType: 'image/png', blob: 'iVBORw0KGgo=' },
    ],
    'file:///docs/long.txt': [{ uri: 'file:///docs/long.txt', text: 'x'.repeat(200_000) }],
  },
  messages: {},
};

const slowMs = 500;

export type ContentReply =
  | { readonly value: JsonObject }
  | { readonly code: number; readonly message: string; readonly status?: number };

/** Undefined when the method is about something else. */
export async function contentReply(
  method: string,
  params: JsonObject,
  served: { readonly content: FakeContent; readonly pageSize: number; readonly isModern: boolean },
): Promise<ContentReply | undefined> {
  const { content, pageSize, isModern } = served;
  const page = (key: string, items: readonly JsonObject[]) =>
    pageOf(key, items, { cursor: params['cursor'], pageSize });
  switch (method) {
    case 'resources/list':
      return page('resources', content.resources);
    case 'resources/templates/list':
      return page('resourceTemplates', content.templates);
    case 'prompts/list':
      return page('prompts', content.prompts);
    case 'resources/read':
      return readOf(textOf(params['uri']), content, isModern);
    case 'prompts/get':
      return promptOf(params, content);
    default:
      return undefined;
  }
}

function pageOf(
  key: string,
  items: readonly JsonObject[],
  { cursor, pageSize }: { readonly cursor: Json | undefined; readonly pageSize: number },
): ContentReply {
  const start = typeof cursor === 'string' ? Number(cursor) : 0;
  const end = start + pageSize;
  const next = end < items.length ? { nextCursor: String(end) } : {};
  return { value: { [key]: items.slice(start, end), ttlMs: 0, cacheScope: 'private', ...next } };
}

async function readOf(uri: string, content: FakeContent, isModern: boolean): Promise<ContentReply> {
  const listed = content.resources.some((one) => one['uri'] === uri);
  const contents = content.contents[uri] ?? (listed ? [{ uri, text: uri }] : undefined);
  if (contents === undefined) {
    const code = isModern ? -32_602 : -32_002;
    return { code, message: `Resource not found: ${uri}`, status: 200 };
  }
  if (uri.endsWith('/slow.txt')) await new Promise((resolve) => setTimeout(resolve, slowMs));
  return { value: { contents: [...contents], ttlMs: 0, cacheScope: 'private' } };
}

function promptOf(params: JsonObject, content: FakeContent): ContentReply {
  const name = textOf(params['name']);
  if (!content.prompts.some((one) => one['name'] === name)) {
    return { code: -32_602, message: `Unknown prompt: ${name}`, status: 200 };
  }
  const given = isJsonObject(params['arguments']) ? params['arguments'] : {};
  const text = `Sum up ${textOf(given['topic']) || 'everything'}.`;
  const usual = [{ role: 'user', content: { type: 'text', text } }];
  return { value: { messages: [...(content.messages[name] ?? usual)] } };
}
