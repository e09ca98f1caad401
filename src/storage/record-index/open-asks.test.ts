import { describe, expect, it } from 'vitest';
import { OpenAsks } from './open-asks.ts';

describe('questions that are being answered', () => {
  it('are forgotten when they are answered, also where whoever asked goes only then', () => {
    const asks = new OpenAsks();
    for (let id = 1; id <= 500; id += 1) {
      asks.begin(id);
      asks.end(id);
      asks.leave(id);
      expect(asks.isGone(id)).toBe(false);
    }
    expect(asks.size).toBe(0);
  });

  it('are known to be in vain while they are open', () => {
    const asks = new OpenAsks();
    asks.begin(1);
    asks.begin(2);
    asks.leave(1);
    expect([asks.isGone(1), asks.isGone(2)]).toEqual([true, false]);
    asks.end(1);
    expect(asks.size).toBe(1);
  });
});
