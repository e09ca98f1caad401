import { byPattern } from '../detector.ts';

export const twilioKey = byPattern(
  'twilio-key',
  ['SK'],
  /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/y,
);
