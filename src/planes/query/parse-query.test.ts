import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { limits } from '#kernel/limits.ts';
import { parseQuery } from './parse-query.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const read = (text: string) => parseQuery(text, now);

function refusedAs(text: string): BailiwickError {
  try {
    read(text);
  } catch (fault) {
    if (fault instanceof BailiwickError) return fault;
  }
  throw new Error(`not refused: ${text}`);
}

describe('the query language', () => {
  it('joins words by and, values by or, and takes a minus for not', () => {
    expect(read('agent:support,billing -decision:deny tool:crm/find').conditions).toEqual([
      { not: false, anyOf: ['agent:support', 'agent:billing'] },
      { not: true, anyOf: ['decision:deny'] },
      { not: false, anyOf: ['tool:crm/find', 'tool:crm__find', 'tool:crm.find'] },
    ]);
    expect(read('  ').conditions).toEqual([]);
  });

  it('finds a tool by each of its spellings: of clients, of documents, of targets', () => {
    const spellings = ['crm/find', 'crm__find', 'crm.find'];
    for (const given of [...spellings, 'tool:crm/find', '"tool:crm__find"']) {
      const [{ anyOf } = { anyOf: [] }] = read(`tool:${given}`).conditions;
      expect(anyOf).toEqual(expect.arrayContaining(spellings.map((one) => `tool:${one}`)));
      const [bare] = read(given).conditions;
      expect(bare?.anyOf, given).toContain('tool:crm/find');
      const [target] = read(`target:${given}`).conditions;
      expect(target?.anyOf, given).toContain('target:tool:crm/find');
    }
    expect(read('tool:refund').conditions[0]?.anyOf).toEqual(['tool:refund']);
  });

  it('takes what is in double quotes as one value, with its spaces, colons and commas', () => {
    expect(read('user:"A. Meyer, Köln" policy:"a:b"').conditions).toEqual([
      { not: false, anyOf: ['user:A. Meyer, Köln'] },
      { not: false, anyOf: ['policy:a:b'] },
    ]);
    expect(read('target:tool:billing/refund').conditions[0]?.anyOf).toEqual([
      'target:tool:billing/refund',
    ]);
  });

  it('reads times: so long ago, a day, an instant; of several the narrowest', () => {
    expect(read('since:7d')).toMatchObject({ from: now - 7 * 86_400_000 });
    expect(read('after:2026-11-20 before:2026-11-26T08:00:00Z')).toMatchObject({
      from: Date.parse('2026-11-20'),
      to: Date.parse('2026-11-26T08:00:00Z'),
    });
    expect(read('since:7d since:1h until:2h until:3h')).toMatchObject({
      from: now - 3_600_000,
      to: now - 3 * 3_600_000,
    });
  });

  it('looks for a word without a field in every field of names', () => {
    const [word] = read('refund-bot').conditions;
    expect(word?.anyOf).toContain('subject:refund-bot');
    expect(word?.anyOf).toContain('tool:refund-bot');
    expect(word?.anyOf).toContain('task:refund-bot');
  });

  it.each([
    ['agnt:support', 0, 'agent'],
    ['agent:x decison:deny', 8, 'decision'],
    ['agent:x decision:dny', 8, 'deny'],
    ['action:policy.intend', 0, 'policy.intent'],
    ['outcome:refuse', 0, 'refused'],
    ['type:stop.*', undefined, undefined],
  ])('says of `%s` where it is wrong and what was meant', (text, at, suggestion) => {
    if (at === undefined) {
      expect(read(text).conditions[0]?.anyOf).toEqual(['action:stop.*']);
      return;
    }
    const { code, details, message } = refusedAs(text);
    expect(code).toBe('audit/query-malformed');
    expect(details).toMatchObject({ at, suggestion });
    expect(message).toContain(`did you mean \`${suggestion}\``);
  });

  it.each([
    ['user:"never closed', 5],
    ['user:"a"b', 8],
    ['user:a"b', 6],
    ['agent:', 0],
    ['agent:a,', 0],
    ['since:yesterday', 0],
    ['since:', 0],
    ['since:1d,2d', 0],
    ['-since:7d', 0],
    ['before:2026-13-40', 0],
    [`agent:${'x'.repeat(257)}`, 0],
    ['zzzzzz:1', 0],
  ])('refuses `%s` with its place', (text, at) => {
    expect(refusedAs(text).details).toMatchObject({ at });
  });

  it('is bounded in bytes (auditQueryBytes), words (auditQueryWords) and values (auditQueryTerms)', () => {
    const words = (count: number) => Array.from({ length: count }, () => 'agent:a').join(' ');
    expect(read(words(limits.auditQueryWords)).conditions).toHaveLength(limits.auditQueryWords);
    expect(refusedAs(words(limits.auditQueryWords + 1)).code).toBe('audit/query-malformed');
    const values = (count: number) => `agent:${Array.from({ length: count }, () => 'a').join(',')}`;
    expect(read(values(limits.auditQueryTerms)).conditions[0]?.anyOf).toHaveLength(
      limits.auditQueryTerms,
    );
    expect(refusedAs(values(limits.auditQueryTerms + 1)).code).toBe('audit/query-malformed');
    const long = `${'agent:a '.repeat(4)}${' '.repeat(limits.auditQueryBytes - 32)}`;
    expect(read(long).conditions).toHaveLength(4);
    expect(refusedAs(`${long} `).code).toBe('audit/query-malformed');
  });

  it('answers any text at all: conditions, or a refusal with its place', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'agent',
        ':',
        ',',
        '"',
        '-',
        ' ',
        'since',
        '7d',
        '*',
        '(',
        "'",
        ';--',
        '\0',
        '%',
      ),
      fc.string({ unit: 'binary', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        try {
          for (const { anyOf } of read(text).conditions) expect(anyOf.length).toBeGreaterThan(0);
        } catch (fault) {
          expect(fault).toBeInstanceOf(BailiwickError);
          expect(fault).toMatchObject({ code: 'audit/query-malformed' });
        }
      }),
    );
  });
});
