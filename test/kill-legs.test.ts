import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeptLegs, killsOfLeg, legsOf } from '../scripts/kill-legs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-legs-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a campaign of kills', () => {
  it('is in legs that have all of its kills, and another seed each [AUD-03]', () => {
    for (const kills of [1, killsOfLeg, killsOfLeg + 1, 10_000]) {
      const legs = legsOf({ kills, seed: 7 });
      expect(legs.reduce((sum, leg) => sum + leg.kills, 0)).toBe(kills);
      expect(new Set(legs.map(({ seed }) => seed)).size).toBe(legs.length);
      expect(Math.max(...legs.map((leg) => leg.kills))).toBeLessThanOrEqual(killsOfLeg);
    }
  });

  it('goes on after the legs that went well, and begins anew where another one is asked for [AUD-03]', () => {
    const path = join(folder, 'soak', 'kills.json');
    const campaign = { kills: 10_000, seed: 7 };
    expect(new KeptLegs(path, campaign).done()).toBe(0);
    new KeptLegs(path, campaign).keep(3);
    expect(new KeptLegs(path, campaign).done()).toBe(3);
    expect(new KeptLegs(path, { ...campaign, seed: 8 }).done()).toBe(0);
    expect(new KeptLegs(path, { ...campaign, kills: 500 }).done()).toBe(0);
  });

  it('begins anew where what was kept says nothing that can be so', () => {
    const path = join(folder, 'kills.json');
    const campaign = { kills: 600, seed: 7 };
    for (const text of ['', 'null', '{"kills":600,"seed":7,"done":-1}', '{"kills":600,"seed":7}']) {
      writeFileSync(path, text);
      expect(new KeptLegs(path, campaign).done(), text).toBe(0);
    }
    writeFileSync(path, '{"kills":600,"seed":7,"done":99}');
    expect(new KeptLegs(path, campaign).done()).toBe(2);
  });
});
