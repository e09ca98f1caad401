import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { listen, reasonOf } from './listener.ts';

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
