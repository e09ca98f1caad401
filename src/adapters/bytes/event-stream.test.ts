import { array, assert, constantFrom, nat, property, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSseParser } from './event-stream.ts';

function events(chunks: readonly Buffer[], cap = 1_000_000): string[] {
  const found: string[] = [];
  const parser = createSseParser(cap, (data) => found.push(data.toString()));
  for (const chunk of chunks) parser.push(chunk);
  return found;
}

describe('the event stream parser', () => {
  it('reads fields, comments and every kind of line end', () => {
    const text =
      ': hi\r\nevent: message\r\ndata: one\r\n\r\ndata:two\rdata: three\r\rid: 7\ndata\n\ndatax: no\n\n';
    expect(events([Buffer.from(text)])).toEqual(['one', 'two\nthree']);
  });

  it('finds the same events however the bytes are cut', () => {
    const line = constantFrom('data: a', 'data:é', ': c', '', '', 'event: x', 'data');
    const end = constantFrom('\n', '\r\n', '\r');
    const stream = array(tuple(line, end), { maxLength: 30 });
    assert(
      property(stream, array(nat(20)), (lines, cuts) => {
        const bytes = Buffer.from(lines.map(([text, stop]) => text + stop).join(''));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        chunks.push(bytes.subarray(at));
        expect(events(chunks)).toEqual(events([bytes]));
      }),
    );
  });

  it('says when an event is larger than the cap, also when it comes byte by byte', () => {
    const parser = createSseParser(100, () => undefined);
    let taken = 0;
    while (taken < 1_000 && parser.push(Buffer.from('x'))) taken += 1;
    expect(taken).toBe(100);
  });
});
