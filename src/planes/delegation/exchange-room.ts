import { createTurns, type Turns } from '#kernel/turns.ts';
import type { ExchangeParts } from './exchange-parts.ts';
import { createExchangeSessions, type ExchangeSessions } from './exchange-sessions.ts';

export interface ExchangeRoom {
  readonly parts: ExchangeParts;
  readonly sessions: ExchangeSessions;
  readonly turns: Turns;
}

export function createExchangeRoom(parts: ExchangeParts): ExchangeRoom {
  return { parts, sessions: createExchangeSessions(parts), turns: createTurns() };
}
