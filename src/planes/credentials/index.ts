export type * from './door.ts';
export { createSecretDesk } from './desk.ts';
export {
  type AssertionSigner,
  assertionKey,
  createAssertionSigner,
} from './assertion-signer.ts';
export { carriedKey, createCarriedTokens } from './carried-token.ts';
export { createSecretOpener } from './envelope.ts';
export { createExchangeSource } from './exchange-source.ts';
export { createLender } from './lender.ts';
export { emptyLoan } from './loan.ts';
export { createScrubber } from './scrubber.ts';
export { createSecretReader } from './secret-reader.ts';
export { createSealedSource } from './sealed-source.ts';
export { transactionKey } from './transaction.ts';
export { createVault } from './vault.ts';
