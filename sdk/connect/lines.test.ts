import { describe, expect, it } from 'vitest';
import { asOneLine, linesOf } from './lines.ts';

async function linesIn(chunks: readonly string[], most = 100): Promise<string[]> {
  const found: string[] = [];
  const source = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  for await (const line of linesOf(source, most)) found.push(line.toString());
  return found;
}

describe('lines of a client', () => {
  it('are the same however the bytes arrive', async () => {
    const text = '{"a":"ü"}\r\n\n  \n{"b":1}\n{"c":2}';
    const whole = await linesIn([text]);
    expect(whole).toEqual(['{"a":"ü"}', '{"b":1}', '{"c":2}']);
    for (let at = 1; at < text.length; at += 1) {
      expect(await linesIn([text.slice(0, at), text.slice(at)])).toEqual(whole);
    }
  });

  it('are read past when they are too long, and the next one is whole again', async () => {
    const long = 'x'.repeat(60);
    expect(await linesIn([`${'y'.repeat(100)}\n`, long, long, `${long}\nshort\n`])).toEqual([
      'y'.repeat(100),
      'too-long',
      'short',
    ]);
  });

  it('are one each, whatever line breaks a message came with', () => {
    expect(asOneLine(Buffer.from('{\r\n "a": 1\n}')).toString()).toBe('{   "a": 1 }\n');
  });
});
