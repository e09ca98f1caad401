import { describe, expect, it } from 'vitest';
import { effectiveRetention, type RetentionEntry } from '#contracts/retention.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { retentionKind } from './retention-kind.ts';

const day = 86_400_000;
const read = (spec: JsonObject) => retentionKind.parse('r', spec);
function entry(spec: JsonObject, name = 'r'): RetentionEntry {
  const parsed = read(spec);
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.entry, name };
}
const problem = (spec: JsonObject): string => {
  const parsed = read(spec);
  return parsed.kind === 'problems' ? parsed.problems.map(({ message }) => message).join('; ') : '';
};
const over = (...specs: JsonObject[]) =>
  Object.fromEntries(specs.map((spec, at) => [`r${at}`, entry(spec, `r${at}`)]));
const effective = (...specs: JsonObject[]) =>
  effectiveRetention({ retentions: over(...specs) } as object, 'standard');

describe('a document of retention', () => {
  it('has the named profiles with their periods and what they rest on [AUD-06] [SYS-097] [SYS-098] [SYS-099] [SYS-100]', () => {
    const years = (profile: string) => entry({ profile }).minimumMs / (366 * day);
    expect([years('finance'), years('healthcare'), years('sec-17a-4')]).toEqual([7, 6, 6]);
    expect(entry({ profile: 'ai-act' }).minimumMs).toBe(6 * 31 * day);
    expect(entry({ profile: 'pci' })).toMatchObject({
      minimumMs: 12 * 31 * day,
      onlineMs: 3 * 31 * day,
      basis: expect.stringContaining('10.5.1') as string,
    });
    for (const profile of ['finance', 'healthcare', 'pci', 'ai-act', 'sec-17a-4']) {
      expect(entry({ profile }).basis).toMatch(/CFR|PCI DSS|2024\/1689/);
    }
  });

  it('makes a profile longer and never shorter, nor an end before its beginning [AUD-06]', () => {
    expect(entry({ profile: 'finance', minimum: '10y', basis: 'our bank' })).toMatchObject({
      minimumMs: 10 * 366 * day,
      basis: expect.stringMatching(/210\.2-06.*; our bank$/) as string,
    });
    expect(problem({ profile: 'finance', minimum: '6y' })).toContain('shorter than `finance`');
    expect(problem({ profile: 'pci', online: '2mo' })).toContain('shorter than `pci`');
    expect(problem({ profile: 'pci', maximum: '11mo' })).toContain('cannot go before they may');
    expect(problem({ profile: 'finance', minimum: 'soon' })).toContain('7y');
  });

  it('that is custom says how long and why', () => {
    expect(problem({ profile: 'custom' })).toMatch(/minimum.*basis/);
    expect(entry({ profile: 'custom', minimum: '90d', basis: 'a contract' })).toMatchObject({
      minimumMs: 90 * day,
      basis: 'a contract',
    });
  });

  it('of several the longest counts, in each of its parts; what one does not bound is not bounded [AUD-06]', () => {
    const pci = { profile: 'pci', maximum: '2y' };
    expect(effective(pci, { profile: 'finance' })).toMatchObject({
      minimumMs: 7 * 366 * day,
      maximumMs: undefined,
      onlineMs: undefined,
    });
    const years = { profile: 'finance', maximum: '8y', online: '1y' };
    expect(effective(pci, years)).toMatchObject({
      minimumMs: 7 * 366 * day,
      maximumMs: 8 * 366 * day,
      onlineMs: 366 * day,
      of: [{ name: 'r0' }, { name: 'r1' }],
    });
    expect(effective({ ...pci, classes: ['other'] })).toBeUndefined();
    expect(effective()).toBeUndefined();
  });
});
