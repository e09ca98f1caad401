import { byPattern } from '../detector.ts';

export const anthropicKey = byPattern(
  'anthropic-key',
  ['sk-ant-'],
  /(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9_-]{20,250}/y,
);
