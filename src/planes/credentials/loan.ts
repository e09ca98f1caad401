import type { Credential } from '#contracts/credential-source.ts';
import type { Lent } from '#contracts/tool-server.ts';
import type { SideEffect } from '#kernel/call.ts';
import type { LeasePart } from '#kernel/record.ts';
import type { Loan } from './door.ts';

/** Nothing is needed, so nothing is lent and nothing ends. */
export const emptyLoan: Loan = { lent: [], leases: [], end: () => undefined };

/** INVARIANT: its end is told to each credential once, however often it is ended. */
export function loanOf(
  credentials: readonly Credential[],
  lent: readonly Lent[],
  leases: readonly LeasePart[],
): Loan {
  let isOpen = true;
  return {
    lent,
    leases,
    end(effect) {
      if (!isOpen) return;
      isOpen = false;
      for (const credential of credentials) endOne(credential, effect);
    },
  };
}

/** INVARIANT: a source that cannot be told makes nothing fail, and nothing wait. */
export function endOne(credential: Credential, effect: SideEffect): void {
  try {
    Promise.resolve(credential.ended?.(effect)).catch(() => undefined);
  } catch {
    // As above: what the source cannot take is its own.
  }
}
