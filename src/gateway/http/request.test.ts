import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { array, assert, constantFrom, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Request } from './request.ts';

function requestOf(made: typeof IncomingMessage, raw: readonly string[]): IncomingMessage {
  const request = new made(new Socket());
  // As the parser gives them.
  (
    request as unknown as { _addHeaderLines(lines: readonly string[], n: number): void }
  )._addHeaderLines(raw, raw.length);
  return request;
}

describe('what Node is told of the headers of a request', () => {
  it('is what it would have found by itself, of those that it asks for', () => {
    const name = constantFrom(
      'Expect',
      'expect',
      'EXPECT',
      'te',
      'TE',
      'x-te',
      'Content-Length',
      'host',
    );
    assert(
      property(array(tuple(name, string()), { maxLength: 8 }), (lines) => {
        const raw = lines.flat();
        const lengths = raw.filter((one, at) => at % 2 === 0 && /^content-length$/i.test(one));
        // Node keeps the first of two lengths; nobody gets so far: the parser refuses them.
        if (lengths.length > 1) return;
        const {
          expect: expected,
          te,
          'content-length': length,
        } = requestOf(IncomingMessage, raw).headers;
        const found = requestOf(Request, raw).headers;
        expect([found.expect, found['te'], found['content-length']]).toEqual([
          expected,
          te,
          length,
        ]);
      }),
    );
  });

  it('has nothing else in it: whoever decides by a header reads the raw list', () => {
    const { headers, rawHeaders } = requestOf(Request, ['host', 'a', 'authorization', 'Bearer t']);
    expect(headers).toEqual({});
    expect(rawHeaders).toHaveLength(4);
  });
});
