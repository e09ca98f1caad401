import { expect, it } from 'vitest';
import { clockJumpMs } from '#kernel/time.ts';
import { clockItem } from './clock-item.ts';

const after = Date.parse('2026-11-27T08:00:00.000Z');
const jump = { before: 0, after, elapsedMs: 1_000, byMs: -7_200_000 };
const item = (clockJump: typeof jump | undefined, ...gateways: readonly object[]) =>
  clockItem({ clockJump: () => clockJump, gateways: () => gateways as never });

it('a clock that was set, and gateways that do not tell the time of control, are red and told by name [D-15]', () => {
  const fine = [
    { name: 'gateway-1', skewMs: clockJumpMs },
    { name: 'gateway-2', skewMs: -clockJumpMs },
  ];
  expect(item(undefined, ...fine)).toMatchObject({ item: 'clock', state: 'green' });
  expect(item(jump)).toMatchObject({
    state: 'red',
    why: expect.stringContaining(
      'the clock went back by 7200 s at 2026-11-27T08:00:00.000Z (control)',
    ) as string,
  });
  const skewed = item(
    undefined,
    { name: 'gateway-1', skewMs: clockJumpMs + 1_000 },
    { name: 'gateway-2', skewMs: -9_000, clockJump: { ...jump, byMs: 5_000 } },
  );
  expect(skewed.why).toContain('gateway-1 is 3 s ahead of control');
  expect(skewed.why).toContain('gateway-2 is 9 s behind control');
  expect(skewed.why).toContain('the clock went forward by 5 s at');
});
