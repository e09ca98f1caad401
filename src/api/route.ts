import { z } from 'zod';
import type { StoredPerson } from '#contracts/people-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { holdsRole, type Role } from '#kernel/principal.ts';
import type { RecordType } from '#kernel/record.ts';
import type { PersonAct } from '#contracts/step-up.ts';
import type { ControlParts } from './parts.ts';
import { checkStepUp } from './step-up.ts';
import { parsed } from './shapes.ts';

/** Any of these is enough; the desk may ask for more. */
export type RouteRole = 'anyone' | readonly Role[];

/** What came over the wire, unread but for its syntax. */
export interface RawRequest {
  readonly parts: ControlParts;
  readonly person: StoredPerson | undefined;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Aborted when whoever asked has gone. */
  readonly signal?: AbortSignal;
}

/** What a handler is given: everything by its shape. */
export interface Asked<Params, Query, Body> {
  readonly parts: ControlParts;
  readonly signal: AbortSignal | undefined;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** INVARIANT: whose tenant it is, the credential says; never a part of the request. */
export interface AskedByPerson<Params, Query, Body> extends Asked<Params, Query, Body> {
  readonly person: StoredPerson;
  readonly tenant: string;
}

/**
 * One endpoint as the router holds it. INVARIANT: no route without an audit action and without
 * shapes of all that it takes and says. `plane` means that the plane behind the route records what
 * it did, durably; `route` means that the router does, and only reads are recorded so. What a person
 * must be able to see when nothing can be recorded is `route-if-possible`: it says so itself.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT';
  /** Segments that start with a colon are parameters. */
  readonly path: string;
  /** What people read of it: one line, which begins with what it does or what it shows. */
  readonly summary: string;
  readonly action: RecordType;
  readonly recordedBy: 'plane' | 'route' | 'route-if-possible';
  readonly role: RouteRole;
  /** What was asked is on record too, and not only where. */
  readonly recordsQuery: boolean;
  /** What a person does by it; undefined where they only read, or are nobody. */
  readonly act?: PersonAct | 'by what is asked';
  /** How a body is written. */
  readonly encoding: 'json' | 'form';
  /** Of an act: its answer shows something once, so that it is kept nowhere. */
  readonly showsOnce: boolean;
  /** Its answer is told again and again, as events, until whoever asked has gone or may not ask any more. */
  readonly streams: boolean;
  readonly shapes: {
    readonly params: z.ZodType;
    readonly query: z.ZodType;
    readonly body: z.ZodType;
    readonly answer: z.ZodType;
  };
  /** Reads by the shapes, acts, and says nothing that its answer's shape does not name. */
  readonly serve: (raw: RawRequest) => Promise<JsonObject>;
}

const nothing = z.strictObject({});
type Nothing = typeof nothing;

/**
 * What changes something is an act with a name, by which documents may ask for a better sign-in; what only
 * reads is none.
 */
type Recorded<Params, Query, Body> =
  | {
      readonly recordedBy: 'plane';
      readonly act: PersonAct | ((asked: AskedByPerson<Params, Query, Body>) => Promise<PersonAct>);
      /** Of what is decided about. */
      readonly approvalClass?: (
        asked: AskedByPerson<Params, Query, Body>,
      ) => Promise<string | undefined>;
    }
  | {
      readonly recordedBy: 'route' | 'route-if-possible';
      readonly act?: undefined;
      readonly approvalClass?: undefined;
    };

interface Declaration<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
> {
  readonly method: Route['method'];
  readonly path: string;
  readonly summary: string;
  readonly action: RecordType;
  readonly recordedBy: Route['recordedBy'];
  readonly encoding?: Route['encoding'];
  readonly recordsQuery?: true;
  readonly streams?: true;
  readonly showsOnce?: true;
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
  readonly answer: Answer;
}

/** A route that nobody has to be signed in for: whoever calls it proves itself by what it sends. */
export function openRoute<
  Answer extends z.ZodType,
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
>(
  declared: Declaration<Params, Query, Body, Answer> & {
    readonly handle: (
      asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>,
    ) => Promise<z.input<Answer>>;
  },
): Route {
  return assemble('anyone', declared, (raw, read) => declared.handle({ ...read, ...raw }));
}

/** A route for people who hold this role, or one of these. */
export function personRoute<
  Answer extends z.ZodType,
  Params extends z.ZodType = Nothing,
  Query extends z.ZodType = Nothing,
  Body extends z.ZodType = Nothing,
>(
  declared: Declaration<Params, Query, Body, Answer> & {
    readonly role: Role | readonly [Role, ...Role[]];
    readonly handle: (
      asked: AskedByPerson<z.output<Params>, z.output<Query>, z.output<Body>>,
    ) => Promise<z.input<Answer>>;
  } & Recorded<z.output<Params>, z.output<Query>, z.output<Body>>,
): Route {
  const anyOf = typeof declared.role === 'string' ? [declared.role] : declared.role;
  const { act } = declared;
  const route = assemble(anyOf, declared, async ({ parts, person, signal }, read) => {
    if (person === undefined) throw new BailiwickError('api/unauthorized');
    const asked = { ...read, parts, signal, person, tenant: person.tenant };
    if (act !== undefined) {
      const approvalClass = await declared.approvalClass?.(asked);
      const does = typeof act === 'string' ? act : await act(asked);
      checkStepUp(parts, person, { act: does, approvalClass });
    }
    return declared.handle(asked);
  });
  return act === undefined
    ? route
    : { ...route, act: typeof act === 'string' ? act : 'by what is asked' };
}

interface Read<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

function assemble<
  Params extends z.ZodType,
  Query extends z.ZodType,
  Body extends z.ZodType,
  Answer extends z.ZodType,
>(
  role: RouteRole,
  declared: Declaration<Params, Query, Body, Answer>,
  run: (
    raw: Pick<RawRequest, 'parts' | 'person'> & { readonly signal: AbortSignal | undefined },
    read: Read<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<z.input<Answer>>,
): Route {
  const { method, path, summary, action, recordedBy, encoding = 'json', answer } = declared;
  const shapes = {
    params: declared.params ?? nothing,
    query: declared.query ?? nothing,
    body: declared.body ?? nothing,
    answer,
  };
  return {
    method,
    path,
    summary,
    action,
    recordedBy,
    role,
    recordsQuery: declared.recordsQuery === true,
    encoding,
    streams: declared.streams === true,
    showsOnce: declared.showsOnce === true,
    shapes,
    async serve({ parts, person, signal, ...raw }) {
      const params = parsed(shapes.params, raw.params) as z.output<Params>;
      const query = parsed(shapes.query, raw.query) as z.output<Query>;
      const body = parsed(shapes.body, raw.body) as z.output<Body>;
      return told(answer, await run({ parts, person, signal }, { params, query, body }));
    },
  };
}

/** INVARIANT: what the shape does not name is not said; a fault of ours is no reason to leak. */
function told(shape: z.ZodType, answer: unknown): JsonObject {
  const checked = shape.safeParse(answer);
  if (checked.success) return checked.data as JsonObject;
  throw new BailiwickError('gateway/internal', { cause: checked.error });
}

export function mayUse(route: Route, person: StoredPerson | undefined): boolean {
  if (route.role === 'anyone') return true;
  return person !== undefined && holdsRole(person, ...route.role);
}
