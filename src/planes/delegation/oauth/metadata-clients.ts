import type { Outbound } from '#contracts/outbound.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import type { Clock } from '#kernel/time.ts';
import { type ClientMetadata, readMetadataDocument } from './client-metadata.ts';

interface Kept {
  readonly until: number;
  readonly metadata: ClientMetadata | undefined;
}

/** What did not answer is not asked again at once, whoever wants it. */
const failedMs = 10_000;
const shortestMs = 30_000;
const usualMs = 300_000;

/**
 * Clients whose name is an address (Client ID Metadata Documents). Only addresses that a document names are
 * ever asked, so nobody outside chooses what is fetched. Bounded by the number of those documents.
 */
export function createMetadataClients(
  outbound: Pick<Outbound, 'fetch'>,
  clock: Pick<Clock, 'now'>,
) {
  const kept = new Map<string, Kept>();
  const asked = new Map<string, Promise<ClientMetadata | undefined>>();
  const ask = async (url: string): Promise<ClientMetadata | undefined> => {
    const { metadata, forMs } = await fetched(outbound, url);
    kept.set(url, { metadata, until: clock.now() + forMs });
    return metadata;
  };
  return {
    async get(url: string): Promise<ClientMetadata | undefined> {
      const known = kept.get(url);
      if (known !== undefined && known.until > clock.now()) return known.metadata;
      // Many who come at once ask once.
      const running = asked.get(url) ?? ask(url).finally(() => asked.delete(url));
      asked.set(url, running);
      return running;
    },
  };
}

async function fetched(
  outbound: Pick<Outbound, 'fetch'>,
  url: string,
): Promise<{ readonly metadata: ClientMetadata | undefined; readonly forMs: number }> {
  try {
    const answer = await outbound.fetch({
      url,
      maxBytes: limits.clientMetadataBytes,
      timeoutMs: limits.clientMetadataWaitMs,
    });
    // A redirect is an answer of another status: it is not followed.
    if (answer.status !== 200 || !/^application\/(?:[a-z0-9.-]+\+)?json\b/i.test(answer.type)) {
      return { metadata: undefined, forMs: failedMs };
    }
    const wanted = answer.maxAge === undefined ? usualMs : answer.maxAge * 1_000;
    const forMs = Math.min(Math.max(wanted, shortestMs), limits.clientMetadataKeptMs);
    return { metadata: readMetadataDocument(url, answer.body), forMs };
  } catch (fault) {
    if (!(fault instanceof BailiwickError)) throw fault;
    return { metadata: undefined, forMs: failedMs };
  }
}
