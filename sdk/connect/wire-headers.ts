import type { Message } from './message.ts';

const usual = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
} as const;

/** Which member of the params a revision repeats in `Mcp-Name`. */
const named: Readonly<Record<string, string>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'tasks/get': 'taskId',
  'tasks/update': 'taskId',
  'tasks/cancel': 'taskId',
};

/** A message that names its revision belongs to no session and repeats itself in headers. */
export function modernHeaders({ method, params, revision }: Message): Record<string, string> {
  const about = params[named[method] ?? ''];
  return {
    ...usual,
    ...(revision === undefined ? {} : { 'mcp-protocol-version': revision }),
    'mcp-method': headerText(method),
    ...(typeof about === 'string' ? { 'mcp-name': headerText(about) } : {}),
  };
}

export interface SessionHead {
  readonly id: string | undefined;
  /** Agreed on with `initialize`. */
  readonly revision: string | undefined;
}

export function legacyHeaders({ id, revision }: SessionHead): Record<string, string> {
  return {
    ...usual,
    ...(revision === undefined ? {} : { 'mcp-protocol-version': revision }),
    ...(id === undefined ? {} : { 'mcp-session-id': id }),
  };
}

/** What a header cannot hold as it is stands in base64, as the protocol writes that. */
export function headerText(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text);
  if (isPlain && !/^=\?base64\?.*\?=$/.test(text)) return text;
  return `=?base64?${Buffer.from(text).toString('base64')}?=`;
}
