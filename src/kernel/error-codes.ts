import { identityErrors, oauthErrors } from './error-codes-identity.ts';
import { modelErrors } from './error-codes-models.ts';
import { pathErrors } from './error-codes-path.ts';
import { systemErrors } from './error-codes-system.ts';

/**
 * Every code that leaves this product, with the answer it carries. `docs/errors.md` is made from
 * this table, and a pin test freezes the list: a code is a promise to programs that read it.
 */
export const errorCodes = {
  ...pathErrors,
  ...identityErrors,
  ...oauthErrors,
  ...modelErrors,
  ...systemErrors,
} as const;

export type ErrorCode = keyof typeof errorCodes;
