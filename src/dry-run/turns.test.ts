import { describe, expect, it } from 'vitest';
import { Turns } from './turns.ts';

describe('work that others share the loop with', () => {
  it('lets them go on after every twenty pieces, and not before', async () => {
    const turns = new Turns();
    let others = 0;
    const other = (): void => {
      others += 1;
      waiting = setImmediate(other);
    };
    let waiting = setImmediate(other);
    for (let piece = 1; piece < 20; piece += 1) await turns.next();
    expect(others).toBe(0);
    await turns.next();
    expect(others).toBe(1);
    for (let piece = 0; piece < 100; piece += 1) await turns.next();
    clearImmediate(waiting);
    expect(others).toBe(6);
  });
});
