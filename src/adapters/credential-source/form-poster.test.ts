import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { createOutbound, type OutboundOptions } from '#adapters/outbound/index.ts';
import { createFormPoster } from './form-poster.ts';

let server: Server | undefined;

afterEach(() => void server?.close());

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
}

const here = { loopback: true, hosts: [] };

/** A form poster for which names stand for what the test says. */
function posterFor(over: Partial<OutboundOptions> = {}) {
  return createFormPoster(({ hosts, loopback }) =>
    createOutbound({ mayReach: (host) => hosts.includes(host), loopback, ...over }),
  );
}

const post = (url: string, signal = new AbortController().signal, network = here) =>
  posterFor().post({ url, network, fields: { a: 'ä b&c' }, signal });

describe('a form that is sent to an authorization server', () => {
  it('arrives as it was meant, and its answer whole', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (piece: Buffer) => (body += piece.toString()));
      request.on('end', () => response.end(`${request.headers['content-type']} ${body}`));
    });
    const { status, body } = await post(url);
    expect(status).toBe(200);
    expect(Buffer.from(body).toString()).toBe('application/x-www-form-urlencoded a=%C3%A4+b%26c');
  });

  it('follows nobody who sends it elsewhere', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect((await post(url)).status).toBe(307);
    expect(asked).toBe(1);
  });

  it('takes an answer as long as the bound and no longer', async () => {
    let bytes: number = limits.tokenAnswerBytes;
    const url = await serve((_request, response) => response.end('x'.repeat(bytes)));
    expect((await post(url)).body).toHaveLength(limits.tokenAnswerBytes);
    bytes += 1;
    await expect(post(url)).rejects.toMatchObject({ code: 'outbound/refused' });
  });

  it('is given up when nobody waits for it any more', async () => {
    const url = await serve(() => undefined);
    const abort = new AbortController();
    const answer = post(url, abort.signal);
    abort.abort();
    await expect(answer).rejects.toThrow();
    server?.closeAllConnections();
  });

  it('goes to no address of this machine that its document does not let be asked, and no byte leaves', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.end();
    });
    const outside = { loopback: false, hosts: [] };
    const { signal } = new AbortController();
    const refused = { code: 'outbound/refused' };
    await expect(post(url, signal, outside)).rejects.toMatchObject(refused);
    await expect(post(url.replace('http:', 'https:'), signal, outside)).rejects.toMatchObject(
      refused,
    );
    expect(asked).toBe(0);
  });

  it.each([['10.0.0.1'], ['169.254.169.254'], ['fd00::1'], ['93.184.216.34', '192.168.0.1']])(
    'goes to no private network, whatever name stands for it: %s',
    async (...addresses) => {
      const found = addresses.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      const resolve = ((_name: string, _options: object, done: (...all: unknown[]) => void) =>
        done(null, found)) as never;
      const ask = { url: 'https://as.example/token', fields: {} };
      const { signal } = new AbortController();
      const sent = posterFor({ resolve }).post({ ...ask, network: here, signal });
      await expect(sent).rejects.toMatchObject({ code: 'outbound/refused' });
    },
  );

  it('judges each form anew: a name that stood for another address a moment ago is refused', async () => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { connection: 'close' }).end(),
    );
    const { port } = new URL(url);
    let address = '127.0.0.1';
    const resolve = ((_name: string, _options: object, done: (...all: unknown[]) => void) =>
      done(null, [{ address, family: 4 }])) as never;
    const poster = posterFor({ resolve });
    const { signal } = new AbortController();
    const ask = { url: `http://localhost:${port}/token`, network: here, fields: {}, signal };
    expect((await poster.post(ask)).status).toBe(200);
    address = '169.254.169.254';
    await expect(poster.post(ask)).rejects.toMatchObject({ code: 'outbound/refused' });
  });
});
