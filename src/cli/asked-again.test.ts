import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createControlClient } from '../../sdk/control-client.ts';
import { createApiClient } from '../../sdk/api/index.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

let server: Server | undefined;
afterEach(() => server?.close());

/** A control program that answers as it is told, and says by which keys it was asked. */
async function served(answer: Answer) {
  const keys: (string | undefined)[] = [];
  server = createServer((request, response) => {
    request.resume();
    keys.push(request.headers['idempotency-key'] as string | undefined);
    answer(request, response, keys.length);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients = {
    cli: () => createControlClient({ url, credential: 'x' }).request('POST', '/v1/stops', {}),
    typed: () =>
      createApiClient({ url }).ask('POST /v1/stops', {
        body: { target: { kind: 'all' }, reason: 'x' },
      }),
    read: () => createControlClient({ url, credential: 'x' }).request('GET', '/v1/stops'),
  };
  return { keys, clients };
}

const told = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

describe.each(['cli', 'typed'] as const)('the client of the %s', (of) => {
  it('asks again by the same key where the line broke, and waits for what runs still', async () => {
    const { keys, clients } = await served((request, response, nth) => {
      if (nth === 1) return request.socket.destroy();
      if (nth === 2) return told(response, 409, { code: 'api/idempotency-running' });
      return told(response, 200, { overlay: 7 });
    });
    expect(await clients[of]()).toEqual({ overlay: 7 });
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  });

  it('takes another key for another request, and asks once what was refused', async () => {
    const { keys, clients } = await served((_, response) => told(response, 403, { code: 'no' }));
    await expect(clients[of]()).rejects.toMatchObject({ code: 'no' });
    await expect(clients[of]()).rejects.toMatchObject({ code: 'no' });
    expect(new Set(keys).size).toBe(2);
  });

  it('gives up where the line breaks again and again', async () => {
    const { keys, clients } = await served((request) => void request.socket.destroy());
    await expect(clients[of]()).rejects.toThrow();
    expect([keys.length, new Set(keys).size]).toEqual([5, 1]);
  }, 30_000);
});

describe('what only reads', () => {
  it('is asked without a key, and once', async () => {
    const { keys, clients } = await served((request) => void request.socket.destroy());
    await expect(clients.read()).rejects.toMatchObject({ code: 'cli/not-running' });
    expect(keys).toEqual([undefined]);
  });
});
