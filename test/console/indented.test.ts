import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indented } from '../../console/app/indented.ts';

const withoutSpace = (text: string) =>
  text.replace(/("(?:[^"\\]|\\[^])*")|\s+/g, (_, quoted: string | undefined) => quoted ?? '');

describe('what an approver reads', () => {
  it('is the text that will be sent, with nothing but space added [APR-01]', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(withoutSpace(indented(text))).toBe(withoutSpace(text));
        expect(JSON.parse(indented(text))).toEqual(JSON.parse(text));
      }),
      { seed: 20_261_127 },
    );
  });

  it('keeps what a reader would change: long numbers, and two members of one name', () => {
    const text = '{"amount":12345678901234567890.10,"to":"bob","to":"mallory","n":1e999}';
    expect(indented(text).split('\n')).toEqual([
      '{',
      '  "amount": 12345678901234567890.10,',
      '  "to": "bob",',
      '  "to": "mallory",',
      '  "n": 1e999',
      '}',
    ]);
    expect(indented('{"a":[],"b":{},"c":["x:{,"]}')).toBe(
      '{\n  "a": [],\n  "b": {},\n  "c": [\n    "x:{,"\n  ]\n}',
    );
  });
});
