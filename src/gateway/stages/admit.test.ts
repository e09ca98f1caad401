import { describe, expect, it } from 'vitest';
import { limits } from '#kernel/limits.ts';
import { definition } from '../../../test/fakes/gateway-documents.ts';
import { createGatewayWorld } from '../../../test/fakes/gateway-world.ts';

const documents = {
  agent: { rate: { perMinute: 600_000, burst: 100_000 } },
  definitions: [definition('read', { type: 'object', properties: { text: { type: 'string' } } })],
  server: { tools: { read: { effect: 'read', results: { labels: [] } } } },
};

async function setUp() {
  const world = await createGatewayWorld(documents);
  const agent = await world.enrol();
  const codeOf = async (text: string) => {
    const told = await world.ask(agent, 'read', { text });
    return told.kind === 'refused' ? told.refusal.code : told.kind;
  };
  return { world, codeOf };
}

describe('admission', () => {
  it('takes arguments up to their size, as the bytes that are judged, and not one byte more', async () => {
    const { world, codeOf } = await setUp();
    const frame = '{"text":""}'.length;
    expect(await codeOf('x'.repeat(limits.argumentBytes - frame))).toBe('result');
    expect(await codeOf('x'.repeat(limits.argumentBytes - frame + 1))).toBe('admit/too-large');
    // Two bytes each: it is bytes that are counted.
    expect(await codeOf('ü'.repeat(limits.argumentBytes / 2))).toBe('admit/too-large');
    expect(world.invocations).toHaveLength(1);
  });

  it('ends when the gateway does: nothing new begins', async () => {
    const { world, codeOf } = await setUp();
    expect(await codeOf('a')).toBe('result');
    world.control.shutDown();
    expect(await codeOf('b')).toBe('gateway/shutting-down');
    expect(world.invocations).toHaveLength(1);
  });
});
