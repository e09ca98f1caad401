import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { boundConnections, receiveBounds, sourceOf } from './connections.ts';
import { limits } from './limits.ts';

describe('connections of one source', () => {
  let server: Server | undefined;
  const sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server?.close();
    server = undefined;
  });

  async function listening(perSource: number, all = 100) {
    const refused: string[] = [];
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (echo) => socket.write(echo));
    });
    boundConnections(server, (source) => refused.push(source), { all, perSource });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const open = async (from: string): Promise<'open' | 'closed'> => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from });
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write('x');
      return Promise.race([
        once(socket, 'close').then(() => 'closed' as const),
        once(socket, 'data').then(() => 'open' as const),
      ]);
    };
    return { open, refused };
  }

  it('are bounded: the last is let in, the next is closed, and others still come in', async () => {
    const { open, refused } = await listening(3);
    for (let count = 0; count < 3; count += 1) expect(await open('127.0.0.1')).toBe('open');
    expect(await open('127.0.0.1')).toBe('closed');
    expect(refused).toEqual(['127.0.0.1']);
    expect(await open('127.0.0.2')).toBe('open');
  });

  it('are given back when they end', async () => {
    const { open } = await listening(1);
    expect(await open('127.0.0.1')).toBe('open');
    expect(await open('127.0.0.1')).toBe('closed');
    const [first] = sockets;
    first?.destroy();
    // The other end hears of it a moment later.
    while ((await open('127.0.0.1')) === 'closed') await new Promise(setImmediate);
  });

  it('that the listener as a whole has no room for are told too', async () => {
    const { open, refused } = await listening(10, 2);
    await open('127.0.0.1');
    await open('127.0.0.2');
    expect(await open('127.0.0.3')).toBe('closed');
    expect(refused).toEqual(['127.0.0.3']);
  });

  it('have the bounds of the product when none are given', () => {
    const acceptor = Object.assign(new EventEmitter(), { maxConnections: 0 });
    const refused: string[] = [];
    boundConnections(acceptor, (source) => refused.push(source));
    const connection = () =>
      Object.assign(new EventEmitter(), { remoteAddress: '10.0.0.1', destroy: () => undefined });
    for (let count = 0; count < limits.connectionsPerSource; count += 1) {
      acceptor.emit('connection', connection());
    }
    expect(refused).toEqual([]);
    acceptor.emit('connection', connection());
    expect(refused).toEqual(['10.0.0.1']);
    expect(acceptor.maxConnections).toBe(limits.connections);
    expect(limits.connectionsPerSource * 2).toBeLessThanOrEqual(limits.connections);
  });

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['unknown', 'unknown'],
  ])('%s counts for %s', (address, source) => {
    expect(sourceOf(address)).toBe(source);
  });
});

describe('what a listener lets a request cost', () => {
  it('is what the table of limits says', () => {
    expect(receiveBounds).toMatchObject({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersReceiveMs,
      requestTimeout: limits.requestReceiveMs,
      keepAliveTimeout: limits.idleConnectionMs,
    });
    // Looked at far more often than the shortest of them, so that each binds.
    expect(10 * receiveBounds.connectionsCheckingInterval).toBeLessThanOrEqual(
      2 * limits.headersReceiveMs,
    );
  });
});
