import { expect, it } from 'vitest';
import type { Changes } from '../wire/changes.ts';
import { createEar } from './ear.ts';
import type { Dispatching } from './exchange.ts';
import type { Ready } from './headers.ts';
import type { Parts } from './line.ts';

/** A server that opens every stream at once, and says nothing on it. */
const opensAll: Dispatching = {
  dispatch(_request, handler) {
    const controller = { abort: () => undefined } as unknown as Parameters<
      NonNullable<typeof handler.onRequestStart>
    >[0];
    handler.onRequestStart?.(controller, undefined);
    handler.onResponseStart?.(controller, 200, { 'content-type': 'text/event-stream' }, 'OK');
    return true;
  },
};

it('takes what was said between two streams for lost, and looks again; before the first there was nothing', () => {
  let looks = 0;
  const changes = { watched: [], toolsChanged: () => (looks += 1) } as unknown as Changes;
  const telling = { lists: ['tools'] };
  const ready = { era: 'legacy', revision: '2025-11-25', session: 's', telling };
  const ear = createEar({ pool: opensAll, path: '/mcp', isAlone: false } as unknown as Parts, {
    nextId: () => 1,
    onAside: () => undefined,
    changes,
    current: () => ready as unknown as Ready,
  });
  ear.listen(false);
  ear.listen(false);
  expect(looks).toBe(0);
  ear.stop();
  ear.listen(false);
  expect(looks).toBe(1);
  ear.stop();
});
