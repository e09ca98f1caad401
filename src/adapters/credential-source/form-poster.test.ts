import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { createFormPoster } from './form-poster.ts';

let server: Server | undefined;

afterEach(() => void server?.close());

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
}

const post = (url: string, signal = new AbortController().signal) =>
  createFormPoster().post({ url, fields: { a: 'ä b&c' }, signal });

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
    await expect(post(url)).rejects.toThrow('too long');
  });

  it('is given up when nobody waits for it any more', async () => {
    const url = await serve(() => undefined);
    const abort = new AbortController();
    const answer = post(url, abort.signal);
    abort.abort();
    await expect(answer).rejects.toThrow();
    server?.closeAllConnections();
  });
});
