import type {
  ToolServerConnection,
  ToolServerEvents,
  ToolServerTransport,
} from '#contracts/tool-server.ts';
import type { ServerEntry } from '#kernel/snapshot.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { capabilitiesFor } from '../wire/capabilities.ts';
import type { Pool } from 'undici';
import { createHttpConnection } from './connection.ts';
import type { Dispatching } from './exchange.ts';
import { createPools } from './pools.ts';

/** MCP over Streamable HTTP, both eras. Redirects are never followed. */
export function createStreamableHttpTransport(): ToolServerTransport {
  const pools = createPools();
  const open = (
    server: ServerEntry,
    events: ToolServerEvents,
    isAlone: boolean,
  ): ToolServerConnection => {
    if (server.connect.kind !== 'http') throw new BailiwickError('gateway/internal');
    const { origin, path } = addressOf(server.connect.url);
    const pool = pools.take(origin);
    const { headers = {} } = server.connect;
    const constant = Object.entries(headers).flat();
    const connection = createHttpConnection({
      pool: constant.length === 0 ? pool : withHeaders(pool, constant),
      path,
      timeoutMs: server.timeoutMs,
      capabilities: capabilitiesFor(server),
      events,
      isAlone,
    });
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await connection.close();
      await pools.giveBack(origin);
    };
    return { ...connection, close: () => (closing ??= close()) };
  };
  return {
    kind: 'http',
    connect: (server, _lent, events) => open(server, events, false),
    connectAlone: (server, events) => open(server, events, true),
  };
}

/** Every request of this connection says them, whatever it is about. */
function withHeaders(pool: Pool, constant: readonly string[]): Dispatching {
  return {
    dispatch: (options, handler) => {
      const own = Array.isArray(options.headers) ? options.headers : [];
      return pool.dispatch({ ...options, headers: [...own, ...constant] }, handler);
    },
  };
}

function addressOf(text: string): { readonly origin: string; readonly path: string } {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new BailiwickError('tools/upstream-unreachable', {
      message: 'the address of the tool server is not usable',
      suggestedAction: 'write an http or https address into the ToolServer document',
    });
  }
  return { origin: url.origin, path: `${url.pathname}${url.search}` };
}
