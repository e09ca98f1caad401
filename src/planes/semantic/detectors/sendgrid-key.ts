import { byPattern } from '../detector.ts';

export const sendgridKey = byPattern(
  'sendgrid-key',
  ['SG.'],
  /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}/y,
);
