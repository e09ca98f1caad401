import type { Telling } from '../wire/greeting.ts';
import { headerText } from '#contracts/mirrored.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { modernRevision } from '../wire/revisions.ts';

/** How this connection speaks to its server. */
export type Ready =
  | { readonly era: 'modern'; readonly telling: Telling }
  | {
      readonly era: 'legacy';
      readonly revision: string;
      readonly session: string | undefined;
      readonly telling: Telling;
    };

const usual = [
  'content-type',
  'application/json',
  'accept',
  'application/json, text/event-stream',
] as const;

export interface HeaderParts {
  readonly ready: Ready;
  readonly method: string;
  /** What the request is about; said in a header by the modern era alone. */
  readonly named?: string | undefined;
  /** Arguments that the server wants repeated here. */
  readonly mirrored?: readonly string[];
  /** INVARIANT: only of this very request; nothing here keeps it. */
  readonly lent: readonly Lent[];
  readonly trace?: string | undefined;
}

export function postHeaders({
  ready,
  method,
  named,
  mirrored,
  lent,
  trace,
}: HeaderParts): string[] {
  const headers: string[] = [...usual];
  if (ready.era === 'modern') {
    headers.push('mcp-protocol-version', modernRevision, 'mcp-method', method);
    if (named !== undefined) headers.push('mcp-name', headerText(named));
    if (mirrored !== undefined) headers.push(...mirrored);
  } else {
    pushLegacy(headers, ready);
  }
  if (trace !== undefined) headers.push('traceparent', trace);
  return withLent(headers, lent);
}

export function initializeHeaders(lent: readonly Lent[]): string[] {
  return withLent([...usual], lent);
}

export function legacyHeaders(ready: Ready): string[] {
  const headers: string[] = [];
  if (ready.era === 'legacy') pushLegacy(headers, ready);
  return headers;
}

function pushLegacy(headers: string[], ready: Extract<Ready, { era: 'legacy' }>): void {
  headers.push('mcp-protocol-version', ready.revision);
  if (ready.session !== undefined) headers.push('mcp-session-id', ready.session);
}

/** Members of the query that are lent to this very request; undefined where there are none. */
export function queryOf(lent: readonly Lent[]): string | undefined {
  let query: string | undefined;
  for (const one of lent) {
    if (one.kind !== 'query') continue;
    const member = `${encodeURIComponent(one.name)}=${encodeURIComponent(one.value)}`;
    query = query === undefined ? member : `${query}&${member}`;
  }
  return query;
}

export function withQuery(path: string, query: string | undefined): string {
  if (query === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}${query}`;
}

export function withLent(headers: string[], lent: readonly Lent[]): string[] {
  for (const one of lent) {
    if (one.kind === 'header') headers.push(one.header, one.value);
  }
  return headers;
}
