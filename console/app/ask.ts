import { QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf, Operation, Operations } from '../../sdk/api/index.ts';
import { ControlProblem } from '../../sdk/api/index.ts';
import { useLive } from './live.ts';
import { api, noteFault } from './session.ts';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      // A refusal stays one; what does not answer may be starting again.
      retry: (count, fault) => !(fault instanceof ControlProblem) && count < 2,
    },
  },
});

interface LooseClient {
  ask<Key extends Operation>(key: Key, given?: object): Promise<AnswerOf<Key>>;
  every<Key extends Operation>(key: Key, list: string, given?: object): Promise<AnswerOf<Key>>;
}

/** Lists that a page shows whole where it asks for no `limit`, and where they stand in the answer. */
const wholeLists: Partial<Record<Operation, string>> = {
  'GET /v1/agents': 'agents',
  'GET /v1/approvals': 'approvals',
  'GET /v1/consents': 'consents',
  'GET /v1/api-tokens': 'tokens',
  'GET /v1/passkeys': 'passkeys',
  'GET /v1/people': 'people',
  'GET /v1/policies': 'policies',
  'GET /v1/servers': 'servers',
  'GET /v1/sessions': 'sessions',
  'GET /v1/stops': 'entries',
  'GET /v1/tasks': 'tasks',
  'GET /v1/tools': 'tools',
};

/** What is given was typed by whoever called; its parts depend on the key in a way that no type follows here. */
function askLoosely<Key extends Operation>(key: Key, given?: object): Promise<AnswerOf<Key>> {
  const loose: LooseClient = api;
  // Where somebody asks for so many, those are the newest, and the page says so.
  const isPart = given !== undefined && 'query' in given && 'limit' in Object(given.query);
  const list = isPart ? undefined : wholeLists[key];
  return list === undefined ? loose.ask(key, given) : loose.every(key, list, given);
}

interface AskedHow {
  /** How often it is asked again where no change of it is told. */
  readonly everyMs?: number;
  readonly isAsked?: boolean;
}

/** What stands on each list that the API tells changes of. */
const listsOf: Readonly<Record<string, readonly string[]>> = {
  approvals: ['/v1/approvals'],
  stops: ['/v1/stops', '/v1/agents'],
  agents: ['/v1/agents'],
  servers: ['/v1/servers', '/v1/tools'],
  tools: ['/v1/servers', '/v1/tools'],
  documents: ['/v1/changes', '/v1/policies', '/v1/tools'],
};

/** What is shown of these lists is asked anew; what is not shown, once it is. */
export function staleBy(topics: readonly string[]): void {
  const places = topics.flatMap((topic) => listsOf[topic] ?? []);
  void queries.invalidateQueries({
    predicate: ({ queryKey: [key] }) =>
      typeof key === 'string' && places.some((place) => key.startsWith(`GET ${place}`)),
  });
}

/** One question to the API, kept and asked again as its answer grows old. */
export function useAsk<Key extends Operation>(
  key: Key,
  given?: object,
  { everyMs, isAsked = true }: AskedHow = {},
): UseQueryResult<AnswerOf<Key>> {
  const isLive = useLive();
  const isTold = Object.values(listsOf)
    .flat()
    .some((place) => key.startsWith(`GET ${place}`));
  return useQuery({
    queryKey: [key, given],
    enabled: isAsked,
    refetchInterval: isLive && isTold ? false : (everyMs ?? false),
    queryFn: async () => {
      try {
        return await askLoosely(key, given);
      } catch (fault) {
        noteFault(fault);
        throw fault;
      }
    },
  });
}

/** An act; whatever the page shows is asked anew after it, also where it was refused. */
export async function act<Key extends Operation>(
  key: Key,
  given: Omit<Operations[Key], 'answer' | 'query'>,
): Promise<AnswerOf<Key>> {
  try {
    return await askLoosely(key, given);
  } catch (fault) {
    noteFault(fault);
    throw fault;
  } finally {
    await queries.invalidateQueries();
  }
}
