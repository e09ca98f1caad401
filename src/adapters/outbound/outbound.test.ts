import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outbound } from '#contracts/outbound.ts';
import { isLoopbackAddress, isPublicAddress } from './addresses.ts';
import { createOutbound, createOutbounds } from './index.ts';

let server: Server;
let base = '';
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/moved') return void response.writeHead(302, { location: '/' }).end();
    if (request.url === '/large') return void response.end('x'.repeat(2_000));
    if (request.url === '/never') return;
    if (request.url === '/once') response.setHeader('connection', 'close');
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=60' });
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const bounds = { maxBytes: 1_000, timeoutMs: 2_000 };

/** Names stand for what the test says, and nothing is asked of the network. */
function outbound(addresses: readonly string[] = [], over: object = {}): Outbound {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const resolve = ((_name: string, _options: object, callback: (...args: unknown[]) => void) =>
    callback(null, found)) as never;
  return createOutbound({ mayReach: () => false, loopback: false, resolve, ...over });
}

const codeOf = (ask: Promise<unknown>) =>
  ask.then(
    () => 'fetched',
    ({ code }) => String(code),
  );

describe('what strangers name', () => {
  it.each([
    '10.0.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.168.1.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001:db8::1',
    'not an address',
  ])('is not fetched from %s, written so or behind a name', async (address) => {
    expect(isPublicAddress(address)).toBe(false);
    const host = address.includes(':') ? `[${address}]` : address;
    if (URL.parse(`https://${host}/`)?.href === `https://${host}/`) {
      expect(await codeOf(outbound().fetch({ url: `https://${host}/`, ...bounds }))).toBe(
        'outbound/refused',
      );
    }
    const named = { url: 'https://idp.example/', ...bounds };
    expect(await codeOf(outbound([address]).fetch(named))).toBe('outbound/refused');
    expect(await codeOf(outbound(['93.184.216.34', address]).fetch(named))).toBe(
      'outbound/refused',
    );
  });

  it.each(['93.184.216.34', '2606:4700::1111', '8.8.8.8'])('may be fetched from %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
    expect(isLoopbackAddress(address)).toBe(false);
  });

  it.each([
    'http://idp.example/',
    'file:///etc/passwd',
    'https://ann@idp.example/',
    'https://idp.example/#x',
    'https://idp.example',
    'https://IDP.example/',
    'https://0x7f.1/',
    'idp.example',
  ])('is refused when it is no plain https URL: %s', async (url) => {
    const ask = outbound(['93.184.216.34']).fetch({ url, ...bounds });
    expect(await codeOf(ask)).toBe('outbound/refused');
  });

  it('is fetched from this machine in evaluation alone, and from a private host that a document lists', async () => {
    const ask = { url: `${base}/`, ...bounds };
    expect(await codeOf(outbound().fetch(ask))).toBe('outbound/refused');
    const here = createOutbound({ mayReach: () => false, loopback: true });
    expect(await here.fetch(ask)).toMatchObject({
      status: 200,
      type: 'application/json',
      maxAge: 60,
    });
    const listed = outbound(['10.0.0.1'], { mayReach: (host: string) => host === 'idp.internal' });
    const answer = codeOf(listed.fetch({ url: 'https://idp.internal/', ...bounds, timeoutMs: 50 }));
    expect(await answer).toBe('outbound/unreachable');
  });

  it('is fetched from the address that was judged, by one look-up; a name that leads inside later is refused then', async () => {
    const answers = ['127.0.0.1', '10.0.0.1'];
    let looked = 0;
    const resolve = ((_name: string, _options: object, callback: (...args: unknown[]) => void) => {
      const address = answers[looked] ?? '10.0.0.1';
      looked += 1;
      callback(null, [{ address, family: 4 }]);
    }) as never;
    const here = createOutbound({ mayReach: () => false, loopback: true, resolve });
    const ask = { url: `${base.replace('127.0.0.1', 'localhost')}/once`, ...bounds };
    expect([(await here.fetch(ask)).status, looked]).toEqual([200, 1]);
    expect([await codeOf(here.fetch(ask)), looked]).toEqual(['outbound/refused', 2]);
  });

  it('is asked over connections that only documents with the same network share', () => {
    const outbounds = createOutbounds();
    const inside = { loopback: false, hosts: ['pdp.internal'] };
    const first = outbounds(inside);
    expect(outbounds({ ...inside, hosts: [...inside.hosts] })).toBe(first);
    for (const other of [
      { ...inside, loopback: true },
      { ...inside, hosts: [] },
      { ...inside, hosts: ['pdp.internal', 'b.internal'] },
    ]) {
      expect(outbounds(other)).not.toBe(first);
    }
  });

  it('follows no redirect, takes no more than its bound, and waits no longer', async () => {
    const here = createOutbound({ mayReach: () => false, loopback: true });
    asked.length = 0;
    expect((await here.fetch({ url: `${base}/moved`, ...bounds })).status).toBe(302);
    expect(asked).toEqual(['/moved']);
    expect(await codeOf(here.fetch({ url: `${base}/large`, ...bounds }))).toBe('outbound/refused');
    const never = here.fetch({ url: `${base}/never`, ...bounds, timeoutMs: 50 });
    expect(await codeOf(never)).toBe('outbound/unreachable');
  });
});
