import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readBody } from './body.ts';

/** A request whose body comes in these pieces. */
function requestOf(pieces: readonly string[], headers: Readonly<Record<string, string>> = {}) {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, headers);
  for (const piece of pieces) request.push(Buffer.from(piece));
  return request;
}

describe('a body', () => {
  it('is read to its cap, in however many pieces, and not a byte further', async () => {
    for (const pieces of [['0123456789'], ['01234', '56789'], '0123456789'.split('')]) {
      const request = requestOf(pieces);
      request.push(null);
      expect(await readBody(request, 10)).toEqual(Buffer.from('0123456789'));
      const over = requestOf([...pieces, '!']);
      over.push(null);
      expect(await readBody(over, 10)).toMatchObject({ code: 'admit/too-large', status: 413 });
    }
  });

  it('that came whole with its head is read to the same cap', async () => {
    for (const pieces of [[''], ['0123456789'], ['01234', '56789']]) {
      const request = requestOf(pieces);
      const body = readBody(request, 10);
      request.push(null);
      request.complete = true;
      expect(await body).toEqual(Buffer.from(pieces.join('')));
      const over = requestOf([...pieces, '01234567890']);
      const refused = readBody(over, 10);
      over.push(null);
      over.complete = true;
      expect(await refused).toMatchObject({ code: 'admit/too-large', status: 413 });
    }
  });

  it('is whole with the last byte that was announced, and not before', async () => {
    const request = requestOf(['01234'], { 'content-length': '10' });
    const body = readBody(request, 10);
    await new Promise(setImmediate);
    request.push(Buffer.from('56789'));
    request.push(null);
    expect(await body).toEqual(Buffer.from('0123456789'));
    const whole = requestOf(['0123456789'], { 'content-length': '10' });
    expect(await readBody(whole, 10)).toEqual(Buffer.from('0123456789'));
    const nothing = requestOf([], { 'content-length': '0' });
    nothing.push(null);
    expect(await readBody(nothing, 10)).toEqual(Buffer.alloc(0));
  });

  it('that announces more than the cap is not read at all', async () => {
    const request = requestOf([], { 'content-length': '11' });
    expect(await readBody(request, 10)).toMatchObject({ code: 'admit/too-large' });
  });

  it('may be empty', async () => {
    const request = requestOf([]);
    request.push(null);
    expect(await readBody(request, 10)).toEqual(Buffer.alloc(0));
  });

  it('that ends before its end is no body', async () => {
    const request = requestOf(['half']);
    const body = readBody(request, 10);
    request.destroy();
    expect(await body).toMatchObject({ code: 'gateway/cancelled' });
    const later = requestOf(['half']);
    const reading = readBody(later, 10);
    await new Promise(setImmediate);
    later.destroy();
    expect(await reading).toMatchObject({ code: 'gateway/cancelled' });
  });
});
