import { Client } from 'pg';
import type { Feed } from '../sql/database.ts';
import { clientConfig } from './pool.ts';

export const channel = 'bailiwick_feed';

const feeds: readonly Feed[] = ['snapshot', 'roster', 'overlay', 'outbox'];
const firstRetryMs = 100;
const lastRetryMs = 2_000;
/** Whatever a notification misses is found by looking. */
const pollMs = 1_000;

export interface Listening {
  close(): Promise<void>;
}

/** One connection that hears of changes, opened again when it is lost. */
export function listenForFeeds(connection: string, tell: (feed: Feed) => void): Listening {
  let client: Client | undefined;
  let closed = false;
  let retryMs = firstRetryMs;
  let retry: NodeJS.Timeout | undefined;
  const tellAll = (): void => {
    for (const feed of feeds) tell(feed);
  };
  const lost = (of: Client): void => {
    if (client !== of) return;
    client = undefined;
    of.end().catch(() => undefined);
    if (closed) return;
    retry = setTimeout(() => void open(), retryMs);
    retryMs = Math.min(lastRetryMs, retryMs * 2);
  };
  const open = async (): Promise<void> => {
    const mine = new Client(clientConfig(connection));
    client = mine;
    mine.on('error', () => lost(mine));
    mine.on('end', () => lost(mine));
    mine.on('notification', ({ payload }) => {
      const feed = feeds.find((one) => one === payload);
      if (feed !== undefined) tell(feed);
    });
    try {
      await mine.connect();
      await mine.query(`LISTEN ${channel}`);
      retryMs = firstRetryMs;
      tellAll();
    } catch {
      lost(mine);
    }
  };
  const opening = open();
  const poll = setInterval(tellAll, pollMs);
  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      clearInterval(poll);
      await opening;
      const last = client;
      client = undefined;
      await last?.end().catch(() => undefined);
    },
  };
}
