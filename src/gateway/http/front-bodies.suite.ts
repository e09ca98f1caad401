import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { everything, requestTo, type Trial } from './front-trial.suite.ts';

export function provesBodies(trial: Trial): void {
  describe('bodies', () => {
    const chunked = (...lines: readonly string[]) =>
      trial.request(lines.join('\r\n'), 'transfer-encoding: chunked');
    const size = trial.body.length.toString(16);

    it('in chunks are read whole, and what stands after them says nothing', async () => {
      await trial.isServed(chunked(size, trial.body, '0', 'authorization: Bearer other', '', ''));
      expect(trial.front.calls[0]?.presented.authorization).toBe('Bearer t');
    });

    it.each([
      ['a size that is none', ['x', trial.body, '0', '', '']],
      ['a signed size', [`+${size}`, trial.body, '0', '', '']],
      ['a size with 0x', [`0x${size}`, trial.body, '0', '', '']],
      ['a size that no number holds', ['fffffffffffffffff', trial.body, '0', '', '']],
      ['a size that is too small', ['1', trial.body, '0', '', '']],
    ])('in chunks of %s are never a call', async (_, lines) => {
      const answer = await trial.front.raw(chunked(...lines));
      expect(answer).toMatch(/^HTTP\/1\.1 400/);
      expect(trial.kinds().every((kind) => kind === 'refused')).toBe(true);
    });

    it('may have as many bytes as may be, and not one more', async () => {
      const longest = trial.body.padEnd(limits.requestBodyBytes, ' ');
      await trial.isServed(trial.request(longest));
      trial.front.calls.length = 0;
      await trial.isRefused(trial.request(`${longest} `), 413, /admit\/too-large/);
    });

    it('in chunks have the same bound', async () => {
      const over = trial.body.padEnd(limits.requestBodyBytes + 1, ' ');
      const text = chunked(over.length.toString(16), over, '0', '', '');
      await trial.isRefused(text, 413, /admit\/too-large/);
    });

    it('that are large are not read for whoever is known to be nobody; small ones are', async () => {
      const stranger = 'authorization: Bearer stranger';
      const small = trial.body.padEnd(limits.strangersBodyBytes, ' ');
      await trial.isServed(trial.request(small, stranger));
      trial.front.calls.length = 0;
      const answer = await trial.front.raw(trial.request(`${small} `, stranger));
      expect(answer).toMatch(/^HTTP\/1\.1 401[^]*identity\/invalid-token/);
      expect(answer).toMatch(/connection: close/i);
      await trial.front.raw(trial.request('', stranger, 'transfer-encoding: chunked'));
      expect(trial.kinds()).toEqual(['refused', 'refused']);
      expect(trial.front.calls.map(({ receivedBytes }) => receivedBytes)).toEqual([0, 0]);
    });

    it('are not read for somebody without a credential, nor taken for a next request', async () => {
      const none: Outcome = {
        kind: 'refused',
        recordId: 'r',
        refusal: refusal('identity/missing'),
        effect: 'none',
      };
      trial.front.run = () => Promise.resolve(none);
      const outer = trial
        .request(trial.request(trial.body))
        .replace('authorization: Bearer t\r\n', '');
      const answer = await trial.front.raw(outer);
      expect(answer).toMatch(/^HTTP\/1\.1 401/);
      expect(answer).toMatch(/www-authenticate: DPoP/i);
      expect(answer).toMatch(/connection: close/i);
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(trial.kinds()).toEqual(['refused']);
      expect(trial.front.calls[0]?.receivedBytes).toBe(0);
    });

    it('are asked for when the head was let pass, and not before', async () => {
      const text = trial.request(trial.body, 'expect: 100-continue');
      const [head = ''] = text.split('\r\n\r\n');
      const socket = await trial.front.open();
      const whole = everything(socket);
      socket.write(`${head}\r\n\r\n`);
      await whole.until(/100 Continue\r\n\r\n/);
      socket.write(trial.body);
      expect(await whole.until(/\r\n\r\n[^]*\r\n\r\n/)).toMatch(/HTTP\/1\.1 200/);
      socket.destroy();
      const refused = await trial.front.raw(
        `${head.replace('authorization', 'x')}\r\n\r\n`.replace(trial.path, '/elsewhere'),
      );
      expect(refused).toMatch(/^HTTP\/1\.1 404/);
    });

    it('that hide a second request end where they say: it is judged by itself', async () => {
      const hidden = trial.request(trial.body, 'x: 1').replace(trial.front.host, 'evil.example');
      const socket = await trial.front.open();
      const whole = everything(socket);
      socket.write(trial.request(trial.body) + hidden);
      await whole.until(/forbidden-host/);
      socket.destroy();
      expect(trial.kinds().filter((kind) => kind !== 'refused')).toHaveLength(1);
      expect(trial.kinds().filter((kind) => kind === 'refused')).toHaveLength(1);
    });

    it.each([
      ['a number that no double holds', '9007199254740993', 'json/number-range'],
      ['a number beyond all doubles', '1e400', 'json/number-range'],
      ['a key twice', '{"a":1,"\\u0061":2}', 'json/duplicate-key'],
      ['the key __proto__', '{"__proto__":{}}', 'json/forbidden-key'],
      ['half of a surrogate pair', '"\\ud800"', 'json/lone-surrogate'],
      ['a value that is nested too deep', '['.repeat(65) + ']'.repeat(65), 'json/too-deep'],
      ['a trailing comma', '[1,]', 'json/syntax'],
      ['a control character', '"\u0001"', 'json/syntax'],
      ['a second value', '1} {', 'json/syntax'],
    ])('with %s are refused', (_, value, code) =>
      trial.isRefused(trial.request(trial.bodyWith(value)), 400, new RegExp(code)),
    );

    it.each([
      ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
      ['an overlong character', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
      ['a byte order mark', undefined],
    ])('with %s are refused', async (_, value) => {
      const body =
        value === undefined
          ? Buffer.from(`\ufeff${trial.body}`)
          : replaced(Buffer.from(trial.bodyWith('"HERE"')), '"HERE"', value);
      const head = requestTo(trial.front, trial.path, '', [`content-length: ${body.length}`]);
      await trial.isRefused(
        Buffer.concat([Buffer.from(head), body]),
        400,
        /json\/(invalid-utf8|syntax)/,
      );
    });

    it('of any bytes are a call or refused, never a fault', async () => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (text) => {
          const answer = await trial.front.raw(trial.request(trial.bodyWith(text)));
          expect(answer).toMatch(/^HTTP\/1\.1 (200|202|4\d\d) /);
          expect(answer).not.toContain('gateway/internal');
        }),
        { numRuns: 50 },
      );
    });
  });
}

function replaced(whole: Buffer, part: string, by: Buffer): Buffer {
  const at = whole.indexOf(part);
  return Buffer.concat([whole.subarray(0, at), by, whole.subarray(at + part.length)]);
}
