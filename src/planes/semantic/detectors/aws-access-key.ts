import { byPattern } from '../detector.ts';

export const awsAccessKey = byPattern(
  'aws-access-key',
  ['AKIA', 'ASIA', 'ABIA', 'ACCA'],
  /(?<![A-Za-z0-9])A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}(?![A-Za-z0-9])/y,
);
