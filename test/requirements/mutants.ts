import type { StageName } from '#gateway/index.ts';

/**
 * Enforcement ids and the stages whose removal their tests notice. The gate mutation suite proves
 * each line: with that stage letting everything pass, a test that cites the id fails.
 */
export const mutantsByRequirement: Readonly<Record<string, readonly StageName[]>> = {
  'IDN-01': ['identify'],
  'IDN-05': ['identify'],
  'IDN-23': ['standing'],
  'IDN-24': ['identify', 'decide', 'resolve'],
  'CRD-07': ['resolve'],
  'CRD-08': ['lend'],
  'TOL-10': ['approve'],
  'TOL-15': ['resolve'],
  'TOL-17': ['resolve'],
  'TOL-21': ['resolve'],
  'POL-01': ['decide'],
  'POL-02': ['approve'],
  'POL-24': ['approve'],
  'APR-02': ['approve'],
  'AUD-01': ['settle'],
  'AUD-05': ['forward'],
  'MON-17': ['standing'],
};
