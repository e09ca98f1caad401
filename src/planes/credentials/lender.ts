import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { commitment } from '#kernel/digest.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { newId, randomBytesFromPool } from '#kernel/ids.ts';
import type { LeasePart } from '#kernel/record.ts';
import type { CredentialUse } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import type { Lender, LendRequest, Loan } from './door.ts';
import { openSecret } from './envelope.ts';

const nothing: Loan = { lent: [], leases: [] };

export interface LenderParts {
  readonly wrapper: KeyringWrapper;
  readonly clock: Clock;
}

/** Opens secrets at the last step, for one call or one process, never for a tool outside the manifest. */
export function createLender(parts: LenderParts): Lender {
  return {
    lend(request) {
      const listed = request.manifest.tools.some(
        ({ server, tool }) => server === request.server.name && tool === request.tool,
      );
      if (!listed) return refusal('credentials/not-in-manifest');
      const uses = request.server.credentials.filter(({ kind }) => kind === request.use);
      if (uses.length === 0) return nothing;
      return lendAll(parts, request, uses);
    },
  };
}

function lendAll(
  parts: LenderParts,
  request: LendRequest,
  uses: readonly CredentialUse[],
): Loan | Refusal {
  const lent: Lent[] = [];
  const leases: LeasePart[] = [];
  for (const use of uses) {
    const sealed = request.secrets[use.secret];
    if (sealed === undefined) return refusal('credentials/unknown-secret');
    try {
      const value = openSecret(parts.wrapper, request.tenant, sealed);
      lent.push(lentOf(use, value));
      leases.push(leaseOf(parts, request, use, value));
    } catch (fault) {
      return fault instanceof BailiwickError
        ? fault.toRefusal()
        : refusal('credentials/unwrap-failed');
    }
  }
  return { lent, leases };
}

function lentOf(use: CredentialUse, value: string): Lent {
  return use.kind === 'header'
    ? { kind: 'header', header: use.header, value: `${use.prefix}${value}`, secret: value }
    : { kind: 'environment', variable: use.variable, value, secret: value };
}

/** INVARIANT: the record has a salted digest of the value; the salt makes it useless for guessing. */
function leaseOf(
  { clock }: LenderParts,
  request: LendRequest,
  use: CredentialUse,
  value: string,
): LeasePart {
  const salt = randomBytesFromPool(16);
  return {
    id: newId(clock.now()),
    secret: use.secret,
    digest: `${salt.toString('hex')}:${commitment(salt, Buffer.from(value))}`,
    scope: `${request.server.name}/${request.tool}`,
    bound: request.use === 'header' ? 'call' : 'process',
  };
}
