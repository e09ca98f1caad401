export { createDelegationDesk, type DelegationDesk } from './desk.ts';
export * from './oauth/index.ts';
export { createDelegations, type DelegationKeeper } from './delegations.ts';
export { createTokenExchange, type TokenExchange } from './exchange.ts';
export { createExchangeRoom } from './exchange-room.ts';
export { exchangeKind } from './exchange-kind.ts';
export {
  type ExchangeAsk,
  type Exchanged,
  type ExchangeParts,
  type SealedRecorder,
  tokenTypes,
} from './exchange-parts.ts';
export { createDocumentConsents, type DocumentConsents } from './exchange-withdraw.ts';
export { createHandOffKind } from './hand-off-kind.ts';
export { type AssertionBearer, type AssertionGrant, createAssertionGrant } from './id-jag.ts';
