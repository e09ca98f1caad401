import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { claimMarks } from './claim-marks.ts';

describe('a claim as records have it', () => {
  it('has its name, and a digest that nobody tries guesses against without the key of the tenant [POL-04]', () => {
    let asked = 0;
    const mark = claimMarks({
      mac: (tenant, text) => {
        asked += 1;
        return sha256Hex(`${tenant} ${text}`);
      },
    });
    const [device, home, bare, long] = mark('main', [
      'device=managed',
      'home=a=b',
      'bare',
      `${'n'.repeat(400)}=1`,
    ]);
    expect([device?.name, home?.name, bare?.name, long?.name.length]).toEqual([
      'device',
      'home',
      'bare',
      128,
    ]);
    expect(asked).toBe(1);
    expect(device?.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(device?.digest).not.toBe(sha256Hex('device=managed').slice(0, 32));
    expect(mark('main', ['device=managed'])[0]).toEqual(device);
    expect(mark('main', ['device=unmanaged'])[0]?.digest).not.toBe(device?.digest);
    expect(mark('other', ['device=managed'])[0]?.digest).not.toBe(device?.digest);
    expect(mark('main', [])).toEqual([]);
  });
});
