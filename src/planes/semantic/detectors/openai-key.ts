import { byPattern } from '../detector.ts';
import { looksRandom } from '../randomness.ts';

/** OpenAI's and the many that copied their form; kebab-case names begin like that too. */
export const openaiKey = byPattern(
  'openai-key',
  ['sk-'],
  /(?<![A-Za-z0-9])sk-(?!ant-)[A-Za-z0-9_-]{32,250}/y,
  looksRandom,
);
