import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  essence,
  noEvents,
  invocation,
  request,
  serverEntry,
} from '#contracts/tool-server.suite.ts';
import type { Lent, ToolServerConnection } from '#contracts/tool-server.ts';
import { startTalkingOnHttp } from '../../../../test/fakes/talking-server.ts';
import { createStreamableHttpTransport } from './index.ts';

const uri = 'note:///one';
let url = '';
let stop: () => void = () => undefined;
let connection: ToolServerConnection;
let told: string[] = [];
let isWatched = true;
beforeAll(async () => {
  ({ url, stop } = await startTalkingOnHttp());
});
afterEach(async () => {
  await connection.close();
  told = [];
  isWatched = true;
});
afterAll(() => stop());

describe('a server of the handshake era that says that a resource changed', () => {
  it('is heard by whoever asked for it, on the stream of its session, and so are its lists [D-06]', async () => {
    connection = connect();
    expect(await subscribe()).toEqual({});
    await touched();
    await expect.poll(() => [...told].sort()).toEqual([uri, 'prompt', 'resource']);
    isWatched = false;
    expect(connection.isWatching?.()).toBe(false);
  });

  it('is not asked where only a credential would open its stream (offers/unwatched)', async () => {
    connection = connect();
    const lent = [{ kind: 'header', header: 'authorization', value: 'k', secret: 'k' }] as const;
    expect(await subscribe(lent)).toEqual({ code: 'offers/unwatched', effect: 'none' });
    expect(connection.isWatching?.()).toBe(false);
  });
});

/** The stream of the session may open a moment later than its first call is answered. */
async function touched(): Promise<void> {
  await expect
    .poll(async () => {
      await connection.exchange(invocation('touch', {}));
      return told;
    })
    .toContain(uri);
}

async function subscribe(lent: readonly Lent[] = []): Promise<unknown> {
  return essence(await connection.exchange(request('resources/subscribe', uri, { uri }, { lent })));
}

function connect(): ToolServerConnection {
  const events = {
    ...noEvents,
    offersChanged: (kind: string) => void told.push(kind),
    resourceUpdated: (one: string) => void told.push(one),
    isWatched: () => isWatched,
  };
  const entry = serverEntry({ kind: 'http', url });
  return createStreamableHttpTransport().connect(entry, [], events, 'main');
}
