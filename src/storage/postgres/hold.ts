import { Client } from 'pg';
import { BailiwickError } from '#kernel/errors.ts';
import { openingFault } from './fault.ts';
import { clientConfig } from './pool.ts';

export interface Hold {
  close(): Promise<void>;
}

const waitMs = 5_000;
const againMs = 100;

/**
 * There is one `control` on a database: it holds a lock of its session, which ends with its process.
 * A successor waits a moment for the session of one that has just died. `onLost` is called when the
 * session ended by itself: whoever holds nothing must not go on as if it did.
 */
export async function holdControl(connection: string, onLost: () => void): Promise<Hold> {
  const client = new Client(clientConfig(connection));
  let ended = false;
  const lost = (): void => {
    if (ended) return;
    ended = true;
    onLost();
  };
  client.on('error', () => undefined);
  try {
    await client.connect();
    await take(client);
  } catch (fault) {
    ended = true;
    await client.end().catch(() => undefined);
    throw openingFault(fault, connection);
  }
  client.on('end', lost);
  return {
    async close() {
      ended = true;
      await client.end().catch(() => undefined);
    },
  };
}

async function take(client: Client): Promise<void> {
  for (let waited = 0; ; waited += againMs) {
    const { rows } = await client.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_lock(hashtextextended('bailiwick control', 0)) AS taken`,
    );
    if (rows[0]?.taken === true) return;
    if (waited >= waitMs) break;
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
  throw new BailiwickError('store/locked', {
    message: 'another control runs on this database',
    suggestedAction: 'stop it first, or use a database of its own',
  });
}
