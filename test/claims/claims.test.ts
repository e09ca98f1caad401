import { describe, expect, it } from 'vitest';
import { errorCodes } from '#kernel/error-codes.ts';
import { limits } from '#kernel/limits.ts';
import { recordTypes } from '#kernel/record.ts';
import { untested } from './untested.ts';
import { filesWith, quoted, readSources } from './sources.ts';

const { product, tests } = readSources();

const tableFiles = {
  limits: ['src/kernel/limits.ts'],
  codes: [
    'src/kernel/error-codes-path.ts',
    'src/kernel/error-codes-models.ts',
    'src/kernel/error-codes-system.ts',
  ],
  types: ['src/kernel/record.ts', 'src/planes/audit/required.ts'],
};

/** Design §5.14: whoever reads a limit, a code or a type must be able to believe it. */
describe('every claim', () => {
  it('is looked for in enough files: a checker that sees too little must not pass', () => {
    expect(product.size).toBeGreaterThan(250);
    expect(tests.size).toBeGreaterThan(100);
    expect(filesWith(product, quoted('policy.intent'), tableFiles.types)).not.toEqual([]);
    expect(filesWith(product, quoted('no.such-claim'))).toEqual([]);
  });

  it('has an enforcer for every limit', () => {
    const dead = Object.keys(limits).filter(
      (name) => filesWith(product, new RegExp(`\\.${name}\\b`), tableFiles.limits).length === 0,
    );
    expect(dead).toEqual([]);
  });

  it('has an emitter for every error code', () => {
    const dead = Object.keys(errorCodes).filter(
      (code) => filesWith(product, quoted(code), tableFiles.codes).length === 0,
    );
    expect(dead).toEqual([]);
  });

  it('has an emitter for every record type [AUD-01]', () => {
    const dead = recordTypes.filter(
      (type) => filesWith(product, quoted(type), tableFiles.types).length === 0,
    );
    expect(dead).toEqual([]);
  });

  it('has a test that names it, but for those that are said to have none', () => {
    const bare = [
      ...Object.keys(limits).filter(
        (name) => filesWith(tests, new RegExp(`\\b${name}\\b`)).length === 0,
      ),
      ...Object.keys(errorCodes).filter((code) => filesWith(tests, quoted(code)).length === 0),
      ...recordTypes.filter((type) => filesWith(tests, quoted(type)).length === 0),
    ];
    // Both ways: a claim without a test is found, and so is a line that has its test by now.
    expect(bare.sort()).toEqual([...untested].sort());
  }, 120_000);
});
