import { describe, expect, it } from 'vitest';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { untilInForce } from './index.ts';

async function isOver(waiting: Promise<void>): Promise<boolean> {
  const over = waiting.then(() => true);
  return Promise.race([over, new Promise<false>((tell) => setTimeout(tell, 60, false))]);
}

describe('whoever changed the configuration', () => {
  it('waits for each gateway that serves, until it has taken it or refused it', async () => {
    let said: readonly JsonObject[] = [
      { name: 'a', configuration: 6 },
      { name: 'b', configuration: 7 },
    ];
    const waiting = untilInForce(() => said, 7);
    expect(await isOver(waiting)).toBe(false);
    said = [
      { name: 'a', configuration: 6, refused: { number: 7 } },
      { name: 'b', configuration: 8 },
    ];
    await waiting;
    expect(await isOver(untilInForce(() => said, 8))).toBe(false);
  });

  it('waits for none that starts or is not there', async () => {
    await untilInForce(() => [], 7);
    await untilInForce(() => [{ name: 'a' }, { name: 'b', configuration: 0 }], 7);
    expect(limits.configurationInForceMs).toBe(3_000);
  });

  it('waits no longer than `configurationInForceMs` for one that does not answer', async () => {
    const began = performance.now();
    await untilInForce(() => [{ name: 'a', configuration: 1 }], 2, 50);
    expect(performance.now() - began).toBeGreaterThanOrEqual(50);
  });
});
