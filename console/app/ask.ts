import { QueryClient, useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { AnswerOf, Operation, Operations } from '../../sdk/api/index.ts';
import { ControlProblem } from '../../sdk/api/index.ts';
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
}

/** What is given was typed by whoever called; its parts depend on the key in a way that no type follows here. */
function askLoosely<Key extends Operation>(key: Key, given?: object): Promise<AnswerOf<Key>> {
  const loose: LooseClient = api;
  return loose.ask(key, given);
}

/** One question to the API, kept and asked again as its answer grows old. */
export function useAsk<Key extends Operation>(
  key: Key,
  given?: object,
  { everyMs, isAsked = true }: { readonly everyMs?: number; readonly isAsked?: boolean } = {},
): UseQueryResult<AnswerOf<Key>> {
  return useQuery({
    queryKey: [key, given],
    enabled: isAsked,
    refetchInterval: everyMs ?? false,
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
