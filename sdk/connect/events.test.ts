import { describe, expect, it } from 'vitest';
import { Held } from './bounds.ts';
import { readEvents } from './events.ts';

async function eventsIn(chunks: readonly string[], held = new Held()) {
  const found: [string | undefined, string][] = [];
  const retries: number[] = [];
  const source = (async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  })();
  const event = async ({ id, data }: { id: string | undefined; data: Buffer }) =>
    void found.push([id, data.toString()]);
  await readEvents(source, { event, retry: (ms) => void retries.push(ms) }, held);
  return { found, retries };
}

describe('events of a stream', () => {
  it('are the same however the bytes arrive, with any line ending', async () => {
    const text =
      ': hi\nid: 1\ndata: {"a":\ndata:  1}\n\nretry: 50\r\ndata\r\n\r\nevent: x\rdata: b\r\r';
    const whole = await eventsIn([text]);
    expect(whole).toEqual({
      found: [
        ['1', '{"a":\n 1}'],
        ['1', ''],
        ['1', 'b'],
      ],
      retries: [50],
    });
    for (let at = 1; at < text.length; at += 1) {
      expect(await eventsIn([text.slice(0, at), text.slice(at)])).toEqual(whole);
    }
  });

  it('are not told when they break off', async () => {
    expect((await eventsIn(['data: a\n\ndata: b\n'])).found).toEqual([[undefined, 'a']]);
  });

  it('are refused when all together are more than is held', async () => {
    await expect(eventsIn(['data: aaaaaaaaaa\n\n'], new Held(4))).rejects.toThrow('more at once');
  });
});
