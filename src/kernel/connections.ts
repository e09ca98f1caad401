import { limits } from './limits.ts';

/** How long and how large a request may be while it arrives, on every listener of ours. */
export const receiveBounds = {
  maxHeaderSize: limits.headerBytes,
  headersTimeout: limits.headersReceiveMs,
  requestTimeout: limits.requestReceiveMs,
  keepAliveTimeout: limits.idleConnectionMs,
  // Node looks so often: a bound in time is kept to this much.
  connectionsCheckingInterval: 1_000,
} as const;

/** As much of a socket and of a server as is needed here: the kernel opens none. */
interface Connection {
  readonly remoteAddress?: string | undefined;
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

interface Acceptor {
  maxConnections: number;
  on(event: 'connection', listener: (connection: Connection) => void): unknown;
  on(event: 'drop', listener: (gone?: { readonly remoteAddress?: string }) => void): unknown;
}

export interface ConnectionBounds {
  readonly all: number;
  readonly perSource: number;
}

/**
 * Bounds what one listener holds open, as a whole and by where it comes from. INVARIANT: one source
 * cannot shut the others out; what is over is closed before a byte of it is read, and told to
 * `onRefused` with its address.
 */
export function boundConnections(
  server: Acceptor,
  onRefused: (source: string) => void,
  bounds: ConnectionBounds = { all: limits.connections, perSource: limits.connectionsPerSource },
): void {
  const open = new Map<string, number>();
  server.maxConnections = bounds.all;
  server.on('drop', (gone) => onRefused(gone?.remoteAddress ?? 'unknown'));
  server.on('connection', (connection) => {
    const address = connection.remoteAddress ?? 'unknown';
    const source = sourceOf(address);
    const count = open.get(source) ?? 0;
    if (count >= bounds.perSource) {
      connection.destroy();
      onRefused(address);
      return;
    }
    open.set(source, count + 1);
    connection.once('close', () => {
      const left = (open.get(source) ?? 1) - 1;
      if (left === 0) open.delete(source);
      else open.set(source, left);
    });
  });
}

/**
 * Whom an address stands for: one IPv4 address, or one IPv6 network of 64 bits, because who has one
 * address of it has all.
 */
export function sourceOf(address: string): string {
  const bare = address.split('%', 1)[0] ?? '';
  const mapped = /^::ffff:([0-9.]+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!bare.includes(':')) return bare;
  const [head = '', tail] = bare.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const gap = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: gap }, () => '0'), ...right];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
