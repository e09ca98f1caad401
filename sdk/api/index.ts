import { ControlProblem } from '../control-problem.ts';
import { askAgain, runningCode } from './again.ts';
import type { Operations } from './operations.ts';

export { ControlProblem } from '../control-problem.ts';
export type { Operations, Problem } from './operations.ts';

export type Operation = keyof Operations;
export type AnswerOf<Key extends Operation> = Operations[Key]['answer'];

type Given<Key extends Operation> = Pick<
  Operations[Key],
  {
    [Part in 'params' | 'query' | 'body']: Operations[Key][Part] extends undefined
      ? never
      : keyof Operations[Key][Part] extends never
        ? never
        : Part;
  }['params' | 'query' | 'body']
>;

/** Left out where everything in it may be. */
type Asked<Key extends Operation> =
  Record<string, never> extends Given<Key> ? [given?: Given<Key>] : [given: Given<Key>];

export interface ApiClient {
  /** By the operation as the document writes it: `GET /v1/records/{id}`. */
  ask<Key extends Operation>(key: Key, ...given: Asked<Key>): Promise<AnswerOf<Key>>;
  /**
   * A list with all its pages, as if it had been one answer: `every('GET /v1/agents', 'agents')`. Fails where it is
   * longer than somebody would wait for, instead of telling a part.
   */
  every<Key extends Operation>(
    key: Key,
    list: keyof AnswerOf<Key> & string,
    given?: Partial<Given<Key>>,
  ): Promise<AnswerOf<Key>>;
}

export interface ApiClientOptions {
  /** Empty in a page of the control program itself. */
  readonly url: string;
  /** Undefined where a browser is signed in. */
  readonly credential?: () => string | undefined;
  readonly fetch?: typeof globalThis.fetch;
}

/** A client by the types of the API. It holds nothing and follows nobody elsewhere. */
export function createApiClient(options: ApiClientOptions): ApiClient {
  const ask = (key: string, { params, query, body }: Loose) => {
    const [method = '', place = ''] = key.split(' ');
    const search = new URLSearchParams(wordsOf(query));
    const path = place.replace(/\{([a-z]+)\}/g, (_, name: string) =>
      encodeURIComponent(wordsOf(params)[name] ?? ''),
    );
    const address = `${options.url}${path}${search.size === 0 ? '' : `?${search.toString()}`}`;
    return send(options, address, method, body);
  };
  return {
    async ask<Key extends Operation>(key: Key, ...[given]: Asked<Key>): Promise<AnswerOf<Key>> {
      return (await ask(key, given ?? {})) as AnswerOf<Key>;
    },
    async every<Key extends Operation>(
      key: Key,
      list: keyof AnswerOf<Key> & string,
      given: Partial<Given<Key>> = {},
    ): Promise<AnswerOf<Key>> {
      const loose: Loose = given;
      const page = (cursor?: string) =>
        ask(key, { ...loose, query: { ...loose.query, limit: longestPage, cursor } });
      return await everyPage(page, list);
    },
  };
}

const longestPage = 1_000;
const mostPages = 100;

async function everyPage(
  page: (cursor?: string) => Promise<unknown>,
  list: string,
): Promise<Readonly<Record<string, unknown>>> {
  const all: unknown[] = [];
  let cursor: string | undefined;
  for (let at = 0; at < mostPages; at += 1) {
    const { next, ...answer } = (await page(cursor)) as Readonly<Record<string, unknown>>;
    const told = answer[list];
    for (const one of Array.isArray(told) ? (told as readonly unknown[]) : []) all.push(one);
    if (typeof next !== 'string') return { ...answer, [list]: all };
    cursor = next;
  }
  throw new Error(`the list is longer than ${mostPages} pages: ask for fewer`);
}

interface Loose {
  readonly params?: object;
  readonly query?: object;
  readonly body?: object;
}

function wordsOf(given: object | undefined): Record<string, string> {
  const entries = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}

async function send(
  { credential, fetch = globalThis.fetch }: ApiClientOptions,
  address: string,
  method: string,
  body: object | undefined,
): Promise<unknown> {
  const held = credential?.();
  const once = async (headers: Readonly<Record<string, string>>): Promise<Told> => {
    const response = await fetch(address, {
      method,
      // A redirect would carry the credential to whoever is named there.
      redirect: 'error',
      headers: { ...(held === undefined ? {} : { authorization: `Bearer ${held}` }), ...headers },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
    });
    const answer: unknown = await response.json().catch(() => ({}));
    return { ok: response.ok, status: response.status, answer: answer as Told['answer'] };
  };
  const json = { 'content-type': 'application/json' };
  const told =
    method === 'GET'
      ? await once({})
      : await askAgain(
          (key) => once({ ...json, 'idempotency-key': key }),
          ({ answer }) => answer['code'] === runningCode,
        );
  if (told.ok) return told.answer;
  throw new ControlProblem(told.status, told.answer);
}

interface Told {
  readonly ok: boolean;
  readonly status: number;
  readonly answer: Readonly<Record<string, unknown>>;
}
