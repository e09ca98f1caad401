import type { KeyringWrapper } from '#contracts/keyring.ts';
import type { Lent } from '#contracts/tool-server.ts';
import { BailiwickError, type Refusal, refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { grantsTarget } from '#kernel/manifest.ts';
import type { LeasePart } from '#kernel/record.ts';
import type { CredentialUse } from '#kernel/snapshot.ts';
import type { Clock } from '#kernel/time.ts';
import { toolTarget } from '#kernel/tool.ts';
import type { Lender, LendRequest, Loan } from './door.ts';
import { createSecretOpener, type SecretOpener } from './envelope.ts';
import { saltedDigest } from './vault.ts';

const nothing: Loan = { lent: [], leases: [] };

export interface LenderParts {
  readonly wrapper: KeyringWrapper;
  readonly clock: Clock;
}

/** Opens secrets at the last step, for one call or one process, never for a tool outside the manifest. */
export function createLender({ wrapper, clock }: LenderParts): Lender {
  const opener = createSecretOpener(wrapper);
  return {
    lend(request) {
      const target = toolTarget({ server: request.server.name, tool: request.tool });
      if (grantsTarget(request.manifest, target) === undefined)
        return refusal('credentials/not-in-manifest');
      const uses = request.server.credentials.filter(({ kind }) => kind === request.use);
      if (uses.length === 0) return nothing;
      try {
        return lendAll(opener, request, uses, clock.now());
      } catch (fault) {
        return fault instanceof BailiwickError
          ? fault.toRefusal()
          : refusal('credentials/unwrap-failed');
      }
    },
  };
}

/** All of what the server needs, or nothing. */
function lendAll(
  opener: SecretOpener,
  request: LendRequest,
  uses: readonly CredentialUse[],
  now: number,
): Loan | Refusal {
  const { secrets, tenant } = request;
  const known = uses.every(({ secret }) => Object.hasOwn(secrets, secret));
  if (!known) return refusal('credentials/unknown-secret');
  const lent: Lent[] = [];
  const leases: LeasePart[] = [];
  for (const use of uses) {
    const sealed = secrets[use.secret];
    if (sealed?.name !== use.secret) return refusal('credentials/unknown-secret');
    const value = opener.open(tenant, sealed);
    if (use.kind === 'header' && !fitsHeader.test(value)) return unfit;
    lent.push(lentOf(use, value));
    leases.push({
      id: newId(now),
      secret: use.secret,
      digest: saltedDigest(value),
      scope: `${request.server.name}/${request.tool}`,
      bound: request.use === 'header' ? 'call' : 'process',
    });
  }
  return { lent, leases };
}

/** What HTTP lets stand in a header; found here, because a client's own error might quote it. */
const fitsHeader = /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$/;

const unfit = refusal('credentials/unwrap-failed', {
  message: 'the credential of this tool cannot stand in a header',
});

function lentOf(use: CredentialUse, value: string): Lent {
  return use.kind === 'header'
    ? { kind: 'header', header: use.header, value: `${use.prefix}${value}`, secret: value }
    : { kind: 'environment', variable: use.variable, value, secret: value };
}
