import { ControlProblem } from '../control-problem.ts';
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
  return {
    async ask<Key extends Operation>(key: Key, ...[given]: Asked<Key>): Promise<AnswerOf<Key>> {
      const { params, query, body } = (given ?? {}) as Loose;
      const [method = '', place = ''] = key.split(' ');
      const search = new URLSearchParams(wordsOf(query));
      const path = place.replace(/\{([a-z]+)\}/g, (_, name: string) =>
        encodeURIComponent(wordsOf(params)[name] ?? ''),
      );
      const address = `${options.url}${path}${search.size === 0 ? '' : `?${search.toString()}`}`;
      return (await send(options, address, method, body)) as AnswerOf<Key>;
    },
  };
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
  const response = await fetch(address, {
    method,
    // A redirect would carry the credential to whoever is named there.
    redirect: 'error',
    headers: {
      ...(held === undefined ? {} : { authorization: `Bearer ${held}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
  });
  const answer: unknown = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw new ControlProblem(response.status, answer as Readonly<Record<string, unknown>>);
}
