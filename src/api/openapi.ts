import { z } from 'zod';
import { type ErrorCode, errorCodes } from '#kernel/error-codes.ts';
import { parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { holdsRole, roles } from '#kernel/principal.ts';
import { personRoute, type Route } from './route.ts';
import { jsonObject } from './shapes.ts';

/**
 * The document of the API, made of the routes themselves. INVARIANT: nothing in it is written by hand but
 * what is no part of a route, so it cannot say other than what is served.
 */
export function describeApi(routes: readonly Route[]): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    const place = route.path.replace(/:([a-z]+)/g, '{$1}');
    paths[place] = { ...paths[place], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Bailiwick',
      summary: 'What people and instances ask of the control program',
      version: '1',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: problem },
      responses: {
        Problem: {
          description: 'A refusal: nothing was done.',
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      securitySchemes: {
        credential: { type: 'http', scheme: 'bearer' },
        browser: { type: 'apiKey', in: 'cookie', name: '__Host-bailiwick' },
        plainBrowser: { type: 'apiKey', in: 'cookie', name: 'bailiwick_session' },
      },
    },
  };
}

/** The document for whoever is signed in. */
export function openApiRoutes(all: () => readonly Route[]): readonly Route[] {
  let made: JsonObject | undefined;
  return [
    personRoute({
      method: 'GET',
      path: '/v1/openapi.json',
      summary: 'This document',
      action: 'api.read',
      recordedBy: 'route',
      role: ['auditor', 'owner'],
      answer: jsonObject,
      handle: async () => (made ??= describeApi(all())),
    }),
  ];
}

const problem: JsonObject = {
  type: 'object',
  properties: {
    code: { type: 'string', enum: Object.keys(errorCodes).toSorted() },
    message: { type: 'string' },
    suggestedAction: { type: 'string' },
    details: { type: 'object' },
  },
  required: ['code', 'message', 'suggestedAction'],
  additionalProperties: false,
};

function operation(route: Route): JsonObject {
  const { shapes, role, act } = route;
  const open = roles.filter((one) => role === 'anyone' || holdsRole({ roles: [one] }, ...role));
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.path.split('/')[2] ?? ''],
    security: role === 'anyone' ? [] : [{ credential: [] }, { browser: [] }, { plainBrowser: [] }],
    parameters: [
      ...parametersOf(shapes.params, 'path'),
      ...parametersOf(shapes.query, 'query'),
      ...(takesKey(route) ? [idempotencyKey] : []),
    ],
    ...(route.method === 'GET' ? {} : { requestBody: requestBody(route) }),
    responses: {
      '200': {
        description: 'Done.',
        content: {
          [route.streams ? 'text/event-stream' : 'application/json']: {
            schema: schemaOf(shapes.answer, 'output'),
          },
        },
      },
      ...refusalsOf(route),
    },
    'x-role': role === 'anyone' ? 'anyone' : [...role],
    'x-open-to': role === 'anyone' ? [] : open,
    'x-audit-action': route.action,
    'x-recorded-by': route.recordedBy,
    'x-codes': [...doorCodes(route)],
    ...(act === undefined ? {} : { 'x-act': act }),
  };
}

/** INVARIANT: every route by which somebody known changes something or asks by a body. */
const takesKey = ({ method, role }: Route) => method !== 'GET' && role !== 'anyone';

const idempotencyKey: JsonObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'What is asked with the same key, path and body within 24 hours is done once, and answered the same; ' +
    'an answer that shows a secret is not kept: `api/idempotency-done`. What only reads, stops, suspends or revokes is ' +
    'done whenever it is asked.',
  schema: {
    type: 'string',
    pattern: '^(?:[A-Za-z0-9._~:+/=-]{16,128}|"[A-Za-z0-9._~:+/=-]{16,128}")$',
  },
};

/** `GET /v1/audit/tasks/:task` is `getAuditTasksByTask`. */
function operationId({ method, path }: Route): string {
  const words = path.split('/').slice(2).join('-').replaceAll(':', 'by-').split(/[-.]/);
  const named = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${method.toLowerCase()}${named.join('')}`;
}

function schemaOf(shape: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(shape, {
    io,
    unrepresentable: 'any',
    // Of lists that nobody here changes: to a reader of the document it would say something else.
    override: ({ jsonSchema }) => delete jsonSchema.readOnly,
  });
  // JSON by what makes it; its type knows of members that are undefined.
  return parseJson(Buffer.from(JSON.stringify(schema))) as JsonObject;
}

function parametersOf(shape: z.ZodType, place: 'path' | 'query'): JsonObject[] {
  const { properties, required } = schemaOf(shape, 'input');
  const needed = Array.isArray(required) ? required : [];
  return Object.entries((properties ?? {}) as JsonObject).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || needed.includes(name),
    schema,
  }));
}

function requestBody({ shapes, encoding }: Route): JsonObject {
  const type = encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  const schema = schemaOf(shapes.body, 'input');
  const required = Array.isArray(schema['required']) && schema['required'].length > 0;
  return { required, content: { [type]: { schema } } };
}

const idempotencyCodes = [
  'api/idempotency-mismatch',
  'api/idempotency-running',
  'api/idempotency-done',
  'api/idempotency-unknown',
  'api/idempotency-full',
] as const;

/** What the door says of any such route; what stands behind it says more, by `default`. */
function doorCodes({ method, path, role, act }: Route): readonly ErrorCode[] {
  return [
    'api/invalid',
    ...(path.includes(':') ? (['api/not-found'] as const) : []),
    ...(role === 'anyone' ? [] : (['api/unauthorized', 'api/forbidden'] as const)),
    ...(act === undefined ? [] : (['api/step-up-required'] as const)),
    ...(method === 'GET' ? [] : (['admit/too-large', 'admit/content-type'] as const)),
    ...(method === 'GET' || role === 'anyone' ? [] : idempotencyCodes),
  ];
}

function refusalsOf(route: Route): JsonObject {
  const statuses = doorCodes(route).map((code) => errorCodes[code].status);
  return Object.fromEntries(
    [...statuses, 'default'].map((status) => [
      `${status}`,
      { $ref: '#/components/responses/Problem' },
    ]),
  );
}
