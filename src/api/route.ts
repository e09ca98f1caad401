import type { RecordType } from '#kernel/record.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { StoredPerson } from '#contracts/people-book.ts';
import type { ControlParts } from './parts.ts';

export interface RouteInput {
  readonly parts: ControlParts;
  /** Undefined only on routes of role `anyone`. */
  readonly person: StoredPerson | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  /** The form of `application/x-www-form-urlencoded` requests. */
  readonly form: URLSearchParams;
  readonly source: string;
}

export type RouteAnswer = JsonObject;

/**
 * One endpoint. INVARIANT: no route without an audit action. `plane` means that the plane behind
 * the route records what it did, durably, before it answers; `route` means that the router does.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Segments that start with a colon are parameters. */
  readonly path: string;
  readonly action: RecordType;
  readonly recordedBy: 'plane' | 'route';
  readonly role: 'anyone' | 'auditor' | 'approver' | 'admin';
  readonly handle: (input: RouteInput) => Promise<RouteAnswer>;
}

const rank = { anyone: 0, auditor: 1, approver: 2, admin: 3 } as const;

export function mayUse(route: Route, person: StoredPerson | undefined): boolean {
  return rank[person?.role ?? 'anyone'] >= rank[route.role];
}

export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): Matched | 'not-found' | 'wrong-method' {
  const segments = path.split('/');
  let wrongMethod = false;
  for (const route of routes) {
    const params = matchPath(route.path.split('/'), segments);
    if (params === undefined) continue;
    if (route.method === method) return { route, params };
    wrongMethod = true;
  }
  return wrongMethod ? 'wrong-method' : 'not-found';
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (part.startsWith(':')) {
      const value = decodeSegment(segment);
      if (value === undefined || value === '') return undefined;
      params[part.slice(1)] = value;
    } else if (part !== segment) {
      return undefined;
    }
  }
  return params;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
