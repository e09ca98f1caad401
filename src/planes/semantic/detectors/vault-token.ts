import { byPattern } from '../detector.ts';

export const vaultToken = byPattern(
  'vault-token',
  ['hvs.', 'hvb.', 'hvr.'],
  /(?<![A-Za-z0-9])hv[bsr]\.[A-Za-z0-9_-]{24,300}/y,
);
