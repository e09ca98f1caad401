import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clauses } from './clauses.ts';
import { owned, requirements } from './ids.ts';
import { testTexts } from './texts.ts';

const source = new URL('../../../shared/requirements.md', import.meta.url);

describe('the requirement ids', () => {
  it('are 265, each once, by plane', () => {
    expect(requirements).toHaveLength(265);
    expect(new Set(requirements.map(({ id }) => id)).size).toBe(265);
    const counts: Record<string, number> = {};
    for (const { plane } of requirements) counts[plane] = (counts[plane] ?? 0) + 1;
    expect(counts).toEqual({
      IDN: 24,
      CRD: 21,
      TOL: 25,
      POL: 26,
      APR: 18,
      AUD: 22,
      SEM: 19,
      DAT: 16,
      EXE: 16,
      MON: 21,
      LIF: 15,
      GOV: 19,
      OBS: 12,
      XCL: 11,
    });
  });

  it('contain every id that this project owns', () => {
    const known = new Set(requirements.map(({ id }) => id));
    expect(owned.filter((id) => !known.has(id))).toEqual([]);
  });

  it('have their proofs taken apart, each clause with a test that exists or a reason why not', () => {
    const known = new Set(requirements.map(({ id }) => id));
    expect(Object.keys(clauses).filter((id) => !known.has(id))).toEqual([]);
    const texts = testTexts();
    expect(texts.length).toBeGreaterThan(50);
    const lost = Object.entries(clauses).flatMap(([id, all]) =>
      all.flatMap((one) => {
        if ('missing' in one) return one.missing === '' ? [`${id}: ${one.clause}`] : [];
        return texts.some((text) => text.includes(one.test)) ? [] : [`${id}: ${one.test}`];
      }),
    );
    expect(lost).toEqual([]);
  });

  it.skipIf(!existsSync(source))('are the ids of the requirements text', () => {
    const rows = readFileSync(source, 'utf8').matchAll(/^\| \*\*([A-Z]{3}-\d\d)\*\*/gm);
    expect(requirements.map(({ id }) => id)).toEqual([...rows].map((row) => row[1]));
  });
});
