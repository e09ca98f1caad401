import { byPattern } from '../detector.ts';

export const googleApiKey = byPattern(
  'google-api-key',
  ['AIza'],
  /(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y,
);
