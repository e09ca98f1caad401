import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { listen, reasonOf } from './listener.ts';

/** What the listener has of each connection is seen by how much of it arrived there. */
async function opened() {
  const refused: Refusal[] = [];
  const listener = await listen({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    async handler(request, response) {
      const isStream = request.url === '/stream';
      response.writeHead(200);
      if (!isStream) for await (const _ of request) continue;
      if (isStream) response.write('x');
      else response.end('x');
    },
    onBadConnection: (_source, reason) => void refused.push(reason),
    now: () => 0,
  });
  const open = async () => {
    const found: Socket[] = [];
    const seen = (message: unknown) => void found.push((message as { socket: Socket }).socket);
    subscribe('net.server.socket', seen);
    const socket = connect(listener.port, listener.host);
    socket.on('error', () => undefined);
    await expect.poll(() => found.length).toBe(1);
    unsubscribe('net.server.socket', seen);
    const [there] = found;
    if (there === undefined) throw new Error('no connection came');
    return { socket, there };
  };
  return { listener, refused, open };
}

async function answered(socket: Socket, request: string): Promise<void> {
  const told = new Promise((resolve) => socket.once('data', resolve));
  socket.write(request);
  await told;
}

describe('a connection that brings no request', () => {
  it('is told why, by what Node found', () => {
    expect(reasonOf('ERR_HTTP_REQUEST_TIMEOUT')).toMatchObject({
      code: 'admit/too-slow',
      status: 408,
    });
    expect(reasonOf('HPE_HEADER_OVERFLOW').code).toBe('admit/too-large');
    expect(reasonOf('HPE_INVALID_METHOD').code).toBe('admit/malformed');
    expect(reasonOf(undefined).code).toBe('admit/malformed');
  });

  it('leaves no trace where it goes away between two requests, or while an answer is on its way', async () => {
    const { listener, refused, open } = await opened();
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    const post = 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc';
    for (const sent of ['', get('/'), get('/stream'), post]) {
      const { socket, there } = await open();
      if (sent !== '') await answered(socket, sent);
      const faults: string[] = [];
      there.on('error', ({ code }: NodeJS.ErrnoException) => faults.push(code ?? ''));
      socket.resetAndDestroy();
      await expect.poll(() => there.destroyed).toBe(true);
      expect(faults).toEqual(['ECONNRESET']);
    }
    expect(refused).toEqual([]);
    await listener.close(0);
  });

  it('is on record where it goes away in the middle of one, and where what it sent is none', async () => {
    const { listener, refused, open } = await opened();
    const halves = ['GET / HT', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc'];
    for (const half of halves) {
      const { socket, there } = await open();
      await answered(socket, 'GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      const before = there.bytesRead;
      socket.write(half);
      await expect.poll(() => there.bytesRead - before).toBe(half.length);
      socket.resetAndDestroy();
      await expect.poll(() => refused.length).toBe(halves.indexOf(half) + 1);
    }
    (await open()).socket.write('nonsense\r\n\r\n');
    await expect
      .poll(() => refused.map(({ code }) => code))
      .toEqual(Array(3).fill('admit/malformed'));
    await listener.close(0);
  });

  it('over the bound of its source is closed unread, and counted as `admit/connections`', async () => {
    const refused: Refusal[] = [];
    const listener = await listen({
      host: '127.0.0.1',
      port: 0,
      tls: undefined,
      handler: () => Promise.resolve(),
      onBadConnection: (_source, reason) => void refused.push(reason),
      now: () => 0,
    });
    const open = () =>
      new Promise<ReturnType<typeof connect>>((resolve) => {
        const socket = connect(listener.port, listener.host, () => resolve(socket));
        socket.on('error', () => undefined);
      });
    const held: ReturnType<typeof connect>[] = [];
    for (let at = 0; at < limits.connectionsPerSource; at += 1) held.push(await open());
    expect(refused).toEqual([]);
    const over = await open();
    await new Promise((resolve) => over.once('close', resolve));
    expect(refused.map(({ code }) => code)).toEqual(['admit/connections']);
    for (const socket of held) socket.destroy();
    await listener.close(0);
  });
});
