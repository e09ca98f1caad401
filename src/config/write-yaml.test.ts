import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { readYaml } from './read-yaml.ts';
import { documentText } from './write-yaml.ts';

const word = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    'null',
    '~',
    'yes',
    '1e3',
    '0x1F',
    '- a',
    'a: b',
    '# c',
    '"',
    "'",
    '|',
    '\u0085',
    '\ufeff',
    '\u2028',
  ),
  fc
    .array(fc.constantFrom('forbid(principal);', '  indented', '', '\t', 'x # y', ' '))
    .map((lines) => lines.join('\n')),
);
const number = fc.oneof(fc.integer(), fc.constantFrom(0.5, 1.25, -3.75, 1e15));
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(word, number, fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      word.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4 },
    ),
  ) as fc.Arbitrary<Json>,
}));

describe('a document that is written', () => {
  it('is read back as it was, whatever it says', () => {
    const spec = fc.dictionary(
      word.filter((key) => key !== '__proto__'),
      value,
      { maxKeys: 5 },
    );
    fc.assert(
      fc.property(spec, (given) => {
        const document = { kind: 'Agent', name: 'x', spec: given as JsonObject };
        const { documents, problems } = readYaml({
          file: 'x.yaml',
          bytes: Buffer.from(documentText(document)),
        });
        expect(problems).toEqual([]);
        expect(documents.map((one) => canonicalText(one.value))).toEqual([canonicalText(document)]);
      }),
      { numRuns: 300, seed: 20261127 },
    );
  });
});

describe('a list of risky actions as a document', () => {
  it('is rendered for a review and read back the same, to the letter [POL-03]', () => {
    const actions = ['billing/refund', 'mail/send: all', '- x/y', 'a/#b'];
    const spec = {
      classes: { payments: { owner: 'ann: treasury', why: 'money\nleaves', actions } },
    };
    const text = documentText({ kind: 'RiskList', name: 'risky', spec });
    const { documents, problems } = readYaml({ file: 'risky.yaml', bytes: Buffer.from(text) });
    expect(problems).toEqual([]);
    expect(documents).toMatchObject([{ value: { kind: 'RiskList', name: 'risky', spec } }]);
  });
});
