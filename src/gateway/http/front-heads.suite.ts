import { describe, expect, it } from 'vitest';
import type { Call } from '#kernel/call.ts';
import type { Trial } from './front-trial.suite.ts';

/** As agents, proxies and other products would say it. */
const elsewhere = [
  'environment',
  'x-environment',
  'x-env',
  'bailiwick-environment',
  'x-bailiwick-environment',
  'dev.bailiwick-environment',
  'mcp-environment',
  'deployment-environment',
  'x-forwarded-environment',
].map((name) => `${name}: staging-of-the-agent`);

/** All that goes to the path of it, but what is its own in each request. */
function saidBy(call: Call): string {
  const own = { id: '', connection: '', receivedAt: 0, signal: '' };
  return JSON.stringify({ ...call, ...own });
}

export function provesHeads(trial: Trial): void {
  describe('headers', () => {
    it.each([
      'authorization',
      'proxy-authorization',
      'dpop',
      'host',
      'origin',
      'cookie',
      'content-type',
      'content-encoding',
      ...trial.ownHeaders,
    ])('that stand twice are refused: %s', async (header) => {
      const value = header === 'host' ? trial.front.host : 'x';
      const twice = [`${header}: ${value}`, `${header}: ${value}`];
      await trial.isRefused(trial.request(trial.body, ...twice), 400, /admit\/duplicate-header/);
    });

    it.each([
      ['two transfer codings', ['transfer-encoding: chunked', 'transfer-encoding: chunked']],
      ['a coding and a length', ['transfer-encoding: chunked', 'content-length: 5']],
      ['a length and a coding', ['content-length: 5', 'transfer-encoding: chunked']],
      ['two lengths', ['content-length: 5', 'content-length: 6']],
      ['one length twice', ['content-length: 5', 'content-length: 5']],
      ['a list of lengths', ['content-length: 5, 5']],
      ['a signed length', ['content-length: +5']],
      ['a length in hexadecimal', ['content-length: 0x5']],
      ['a list of codings', ['transfer-encoding: gzip, chunked']],
      ['a list of the same coding', ['transfer-encoding: chunked, chunked']],
      ['an unknown coding', ['transfer-encoding: xchunked']],
      ['a coding behind a control character', ['transfer-encoding: \u000bchunked']],
      ['a coding whose name ends in a blank', ['transfer-encoding : chunked']],
      ['a coding on a folded line', ['transfer-encoding:', ' chunked']],
    ])('that frame the body in two ways, or in none, are refused: %s', (_, framing) =>
      trial.isRefused(
        trial.request('5\r\nhello\r\n0\r\n\r\n', ...framing),
        400,
        /admit\/(malformed|duplicate-header)/,
      ),
    );

    it.each([
      ['a line that ends in a line feed alone', 'x: 1\ny: 2'],
      ['a null character', 'x: a\u0000b'],
      ['a carriage return inside a value', 'x: a\rb: c'],
      ['a name that is none', 'x y: 1'],
    ])('with %s are refused', (_, line) =>
      trial.isRefused(trial.request(trial.body, line), 400, /admit\/malformed/),
    );

    it('cannot say that the body is encoded', () =>
      trial.isRefused(
        trial.request(trial.body, 'content-encoding: gzip'),
        415,
        /admit\/content-type/,
      ));

    it('that proxies write are not believed', async () => {
      const [x, other] = ['10.0.0.1', 'other.example'];
      await trial.front.raw(
        trial.request(
          trial.body,
          `x-forwarded-for: ${x}`,
          `x-forwarded-for: ${x}`,
          `x-forwarded-host: ${other}`,
          'x-forwarded-proto: https',
          `forwarded: for=${x};host=${other};proto=https`,
          `x-real-ip: ${x}`,
        ),
      );
      expect(trial.front.calls[0]?.source).toBe('127.0.0.1');
      expect(trial.front.calls[0]?.presented.url).toBe(`http://${trial.front.host}${trial.path}`);
      expect(JSON.stringify(trial.front.calls[0])).not.toMatch(/10\.0\.0|other\.example/);
    });

    it('that say in which environment its sender is are not read: the call is the one without them [POL-09]', async () => {
      const [plain, spoofed] = [trial.request(trial.body), trial.request(trial.body, ...elsewhere)];
      const [before, after] = [await trial.front.raw(plain), await trial.front.raw(spoofed)];
      const calls = trial.front.calls.map((call) => saidBy(call));
      expect(calls).toHaveLength(2);
      expect(calls[1]).toBe(calls[0]);
      expect(JSON.stringify(trial.front.calls)).not.toContain('staging-of-the-agent');
      const told = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n'));
      expect(told(after)).toBe(told(before));
      await trial.isServed(spoofed);
    });

    it.each([
      ['a foreign host', 'host: evil.example', 403, /forbidden-host/],
      ['another port', 'host: 127.0.0.1:1', 403, /forbidden-host/],
      ['a foreign origin', 'origin: https://evil.example', 403, /forbidden-origin/],
      ['an origin that is none', 'origin: null', 403, /forbidden-origin/],
      ['an origin on another port', 'origin: http://127.0.0.1:1', 403, /forbidden-origin/],
      ['another content type', 'content-type: text/plain', 415, /content-type/],
      [
        'a content type that only begins so',
        'content-type: application/json5',
        415,
        /content-type/,
      ],
    ])('with %s are refused', (_, header, status, code) =>
      trial.isRefused(trial.request(trial.body, header), status, code),
    );

    it('with the origin of the gateway itself are served', () =>
      trial.isServed(trial.request(trial.body, `origin: http://${trial.front.host}`)));

    it('under the public name are taken for asked by https, which somebody in front has ended', async () => {
      const request = trial.request(trial.body).replace(/host: .*\r\n/, 'host: agents.example\r\n');
      await trial.front.raw(request);
      expect(trial.front.calls[0]?.presented.url).toBe(`https://agents.example${trial.path}`);
      await trial.isServed(trial.request(trial.body, 'origin: https://agents.example'));
    });

    it('of the public name by plain http are of another origin', () =>
      trial.isRefused(
        trial.request(trial.body, 'origin: http://agents.example'),
        403,
        /forbidden-origin/,
      ));

    it('with no host are refused', () =>
      trial.isRefused(
        trial.request(trial.body).replace(/host: .*\r\n/, ''),
        403,
        /forbidden-host/,
      ));

    it('that expect what nobody gives are refused, with a record', () =>
      trial.isRefused(trial.request(trial.body, 'expect: 200-ok'), 400, /admit\/malformed/));

    it('that ask for another protocol are answered in this one', () =>
      trial.isServed(
        trial.request(
          trial.body,
          'connection: Upgrade, HTTP2-Settings',
          'upgrade: h2c',
          'http2-settings: AAMAAABkAARAAAAAAAIAAAAA',
        ),
      ));
  });

  describe('addresses', () => {
    it.each([
      ['a query', (path: string) => `${path}?a=1`],
      ['a slash at its end', (path: string) => `${path}/`],
      ['dots', (path: string) => `/x/..${path}`],
      [
        'an escape',
        (path: string) => path.replace(/.$/, (last) => `%${last.charCodeAt(0).toString(16)}`),
      ],
      ['a double slash', (path: string) => `/${path}`],
      ['other letters', (path: string) => path.toUpperCase()],
      ['the whole address', (path: string) => `http://evil.example${path}`],
      ['a star', () => '*'],
    ])('are exact: with %s it is another one', (_, other) =>
      trial.isRefused(
        trial.request(trial.body).replace(` ${trial.path} `, ` ${other(trial.path)} `),
        404,
        /admit\/not-found/,
      ),
    );

    it('cannot be tunnelled to', () =>
      trial.isRefused(
        trial.request('').replace(`POST ${trial.path}`, 'CONNECT evil.example:443'),
        400,
        /admit\/malformed/,
      ));

    it('say which methods they allow', async () => {
      const text = trial.request('').replace('POST', 'PUT');
      await trial.isRefused(text, 405, /admit\/method-not-allowed/);
      expect(await trial.front.raw(text)).toMatch(/allow: .*POST/i);
    });
  });
}
