import { describe, expect, it } from 'vitest';
import { eventsOf } from '../../console/app/events-of.ts';

describe('events as they come over the wire', () => {
  it('are read whole wherever they are cut', async () => {
    const text =
      ': still here\n\nevent: changed\ndata: {"tools":1}\n\nevent: ended\ndata: {}\n\nevent: cut';
    const bytes = new TextEncoder().encode(text);
    for (const size of [1, 3, 7, bytes.length]) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size)
            controller.enqueue(bytes.slice(at, at + size));
          controller.close();
        },
      });
      const found = [];
      for await (const one of eventsOf(body)) found.push(one);
      expect(found).toEqual([
        { name: 'changed', data: '{"tools":1}' },
        { name: 'ended', data: '{}' },
      ]);
    }
  });
});
