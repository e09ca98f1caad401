import { byPattern } from '../detector.ts';

/** The number before the colon is public; what follows it is the secret. */
export const telegramBotToken = byPattern(
  'telegram-bot-token',
  [':AA'],
  /(?<=(?<![0-9])[0-9]{8,10}):AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/y,
);
