import { describe, expect, it } from 'vitest';
import { rulesOnRecord } from '#contracts/rules-in-force.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { limits } from '#kernel/limits.ts';
import type { PolicyEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { rulesInForce } from './rules-in-force.ts';

const tenantOf = (...policies: readonly PolicyEntry[]) =>
  ({ policies, servers: {} }) as unknown as TenantSnapshot;
const rule = (id: string) => `@id("${id}")\npermit(principal, action, resource);\n`;

describe('rules that come into force', () => {
  it('are on record by document, digest and id, in as many records as that takes [AUD-04]', () => {
    const cedar = rule('pay/small') + rule('pay/large');
    const shadow = { name: 'later', cedar: rule('later/all'), shadow: true } as PolicyEntry;
    const [only, ...more] = rulesInForce(tenantOf({ name: 'pay', cedar }, shadow));
    expect(more).toEqual([]);
    expect(rulesOnRecord(only)).toEqual(
      expect.arrayContaining([
        { name: 'pay', digest: sha256Hex(cedar), rules: ['pay/small', 'pay/large'] },
        { name: 'builtin', digest: expect.any(String), rules: ['builtin/read', 'builtin/write'] },
      ]),
    );
    expect(JSON.stringify(only)).not.toContain('later');
    const ids = Array.from({ length: 3_000 }, (_, nth) => `many/${nth}`);
    const parts = rulesInForce(tenantOf({ name: 'many', cedar: ids.map(rule).join('') }));
    expect(parts.length).toBeGreaterThan(2);
    const told = parts.flatMap((part) => rulesOnRecord(part) ?? []);
    const many = told.filter(({ name }) => name === 'many');
    expect(many.flatMap(({ rules }) => rules)).toEqual(ids);
    expect(parts.map(({ part, parts: of }) => [part, of])).toEqual(
      parts.map((_, at) => [at + 1, parts.length]),
    );
    for (const part of parts)
      expect(JSON.stringify(part).length).toBeLessThan(limits.recordBytes * 0.75);
  });

  it('that somebody gave a long name stand there by its digest', () => {
    const id = 'x'.repeat(60_000);
    const [only, ...more] = rulesInForce(tenantOf({ name: 'long', cedar: rule(id) }));
    expect(more).toEqual([]);
    expect(JSON.stringify(only)).toContain(`sha256:${sha256Hex(id)}`);
    expect(rulesOnRecord({ number: 1 })).toBeUndefined();
    expect(rulesInForce(undefined)).toEqual([{ policies: [] }]);
  });
});
