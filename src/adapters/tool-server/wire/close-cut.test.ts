import { assert, jsonValue, nat, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { createLines } from '../stdio/lines.ts';
import { closeCut } from './close-cut.ts';
import { beginsResult, type CutMessage, cutAnswer, idOfCut } from './cut-answer.ts';

const call = { method: 'tools/call', resultBytes: 100_000 };

describe('the beginning of JSON', () => {
  it('is JSON again wherever it is cut, and says nothing that the whole does not say', () => {
    assert(
      property(jsonValue(), nat(), (value, at) => {
        const whole = { a: [1, 'é\u{1f600}"\\', null], value, z: { y: [true] } };
        const bytes = Buffer.from(JSON.stringify(whole));
        const closed = closeCut(bytes.subarray(0, 1 + (at % (bytes.length - 1))));
        const found: unknown = JSON.parse(closed?.bytes.toString() ?? '{}');
        expect(isBeginning(found, whole)).toBe(true);
      }),
    );
  });

  it.each([
    ['{"a":{"b":[1,2', '{"a":{"b":[1]}}', ['a', 'b']],
    ['{"a":[{"t":"xy', '{"a":[{"t":"xy"}]}', ['a', 0, 't']],
    ['{"a":[1,{"t":1,"u', '{"a":[1,{"t":1}]}', ['a', 1]],
    ['{"a":"x\\', '{"a":"x"}', ['a']],
    ['{"a":"x\\ud83d', '{"a":"x"}', ['a']],
    ['{"a":tru', '{}', []],
  ])('ends what was open: %s', (head, whole, path) => {
    const closed = closeCut(Buffer.from(head));
    expect(closed?.bytes.toString()).toBe(whole);
    expect(closed?.path).toEqual(path);
  });

  it('is no answer when it is none of a tool, or has no result to go by', () => {
    const result = Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"content":[1,2');
    const cut = { head: result, bytes: 1_000_000 };
    expect(cutAnswer(cut, call)).toMatchObject({ kind: 'answer', result: { content: [1] } });
    expect(cutAnswer(cut, { ...call, method: 'resources/read' })).toBeUndefined();
    const heads = ['{"jsonrpc":"2.0","id":1,"error":{"message":"x', '[[[[[[', '{"result":[1', 'no'];
    for (const head of heads) {
      expect(cutAnswer({ head: Buffer.from(head), bytes: 9 }, call)).toBeUndefined();
    }
  });
});

function isBeginning(part: unknown, whole: unknown): boolean {
  if (typeof part === 'string') return typeof whole === 'string' && whole.startsWith(part);
  if (typeof part !== 'object' || part === null) return Object.is(part, whole) || part === whole;
  if (typeof whole !== 'object' || whole === null) return false;
  const of = new Map(Object.entries(whole));
  return Object.entries(part).every(([key, one]) => of.has(key) && isBeginning(one, of.get(key)));
}

describe('a line that is too long to be read', () => {
  const piece = Buffer.from('{"id":1,"name":"somebody"},'.repeat(2_500));

  function feed(total: number, cuts: CutMessage[], lines: string[]): boolean {
    const keep = (cut: CutMessage): void => void cuts.push(cut);
    const parser = createLines(
      limits.upstreamMessageBytes,
      (line) => lines.push(line.toString()),
      keep,
    );
    parser.push(Buffer.from('{"result":{"structuredContent":{"rows":['));
    for (let sent = 0; sent < total; sent += piece.length) if (!parser.push(piece)) return false;
    parser.push(Buffer.from('{}]}},"jsonrpc":"2.0","id":7}\n{"next":true}\n'));
    return true;
  }

  it('of one gigabyte takes no more memory than its beginning, and the next line is read [TOL-04]', () => {
    const before = process.memoryUsage();
    const cuts: CutMessage[] = [];
    const lines: string[] = [];
    expect(feed(1_000_000_000, cuts, lines)).toBe(true);
    const after = process.memoryUsage();
    // What is held while it comes is a line that may still be whole, once more while it grows.
    const most = 4 * limits.upstreamMessageBytes;
    expect(after.rss - before.rss).toBeLessThan(2 * most);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(most);
    expect(lines).toEqual(['{"next":true}']);
    const [cut] = cuts;
    if (cut === undefined) throw new Error('nothing was told of it');
    expect(cut.bytes).toBeGreaterThan(1_000_000_000);
    expect(cut.head.length).toBeLessThan(limits.resultBytes + 100_000);
    expect(idOfCut(cut)).toBe(7);
    const answer = cutAnswer(cut, { ...call, resultBytes: limits.resultBytes });
    expect(answer).toMatchObject({
      cut: { path: ['structuredContent', 'rows', expect.any(Number)] },
    });
  });

  it('is waited for up to drainedBytes, and no longer', () => {
    expect(feed(limits.drainedBytes, [], [])).toBe(false);
  });

  it('is waited for up to drainedMs, and no longer', () => {
    let at = 0;
    const parser = createLines(
      16,
      () => undefined,
      () => undefined,
      { now: () => at },
    );
    expect(parser.push(Buffer.alloc(17, 'x'))).toBe(true);
    at = limits.drainedMs;
    expect(parser.push(Buffer.alloc(1, 'x'))).toBe(true);
    at += 1;
    expect(parser.push(Buffer.alloc(1, 'x'))).toBe(false);
  });

  it('that nobody waits for, or any more, is read up to drainedChatterBytes', () => {
    const fed = (isWaited: (at: number) => boolean): number => {
      let sent = 0;
      const isWaitedFor = () => () => isWaited(sent);
      const parser = createLines(
        16,
        () => undefined,
        () => undefined,
        { isWaitedFor },
      );
      while (sent < 2 * limits.drainedChatterBytes && parser.push(piece)) sent += piece.length;
      return sent;
    };
    expect(fed(() => true)).toBeGreaterThanOrEqual(2 * limits.drainedChatterBytes);
    const near = (bytes: number) => Math.abs(bytes - limits.drainedChatterBytes) <= piece.length;
    expect(near(fed(() => false))).toBe(true);
    expect(near(fed((sent) => sent < 1_000_000))).toBe(true);
  });

  it('answers somebody when it begins as a result does', () => {
    const begins = (head: string) => beginsResult(Buffer.from(head));
    expect(begins('{"jsonrpc":"2.0","id":12,"result":{"content":[{"text":"x')).toBe(true);
    for (const head of ['xxxx', '{{{{', '{"method":"m","params":{"x":[1', '{"error":{"message":"x'])
      expect(begins(head)).toBe(false);
  });

  it('says whose it is at its beginning or at its end, and is nobody’s where neither does', () => {
    const of = (head: string, tail: string) =>
      idOfCut({ head: Buffer.from(head), tail: Buffer.from(tail), bytes: 1 });
    expect(of('{"jsonrpc":"2.0","id":12,"result":{', '}')).toBe(12);
    expect(of('{"result":{', ']},"id":3,"jsonrpc":"2.0"}')).toBe(3);
    expect(of('{"result":{', '"text":"\\"id\\":3}"}]}}')).toBeUndefined();
  });
});
