import type { Act } from '#contracts/desk.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { isSamePerson } from '#kernel/principal.ts';
import { createTurns } from '#kernel/turns.ts';
import { acceptMissingKind } from '../missing-desk.ts';
import { certificateOf } from './certificate.ts';
import type { Agreed, PrivacyDesk } from './door.ts';
import { erase, type EraseParts } from './erase.ts';
import { askTenantErasure, eraseTenant, type EraseTenantParts } from './erase-tenant.ts';
import type { LogEvidence } from './evidence.ts';
import { agreeToHold, askHold, askRelease, checkPrivacy, type HoldParts } from './holds.ts';
import { checkKept, mendHolds, type MendParts } from './mend-holds.ts';
import { reveal, type RevealParts } from './reveal.ts';

export type PrivacyDeskParts = RevealParts &
  EraseParts &
  HoldParts &
  MendParts &
  EraseTenantParts & { readonly evidence: LogEvidence };

/** What must not cross (a hold that is asked for, and an erasure) takes its turn by tenant. */
export function createPrivacyDesk(parts: PrivacyDeskParts): PrivacyDesk {
  const turns = createTurns();
  const inTurn = <Answer>({ by }: Act, run: () => Promise<Answer>): Promise<Answer> =>
    turns.take(by.tenant, run);
  return {
    reveal: (act) => reveal(parts, act),
    erase: (act) => inTurn(act, () => erase(parts, act)),
    async certificate(tenant, record) {
      const evidence = parts.evidence.of(tenant, record);
      if (evidence === undefined) throw new BailiwickError('audit/not-proven-yet');
      return certificateOf(tenant, evidence);
    },
    hold: (act) => inTurn(act, () => askHold(parts, act)),
    release: (act) => inTurn(act, () => askRelease(parts, act)),
    eraseTenant: (act) => inTurn(act, () => askTenantErasure(parts, act)),
    agree: (act) => inTurn(act, () => agree(parts, act)),
    mendHolds: (act) => inTurn(act, () => mendHolds(parts, act)),
    async holds(tenant) {
      const [holds, waiting, differ] = await Promise.all([
        parts.holds.list(tenant),
        parts.agreements.open(tenant, parts.clock.now()),
        parts.keptHolds.differences(tenant),
      ]);
      return { holds, waiting, differ };
    },
  };
}

async function agree(parts: PrivacyDeskParts, act: Act & { readonly id: string }): Promise<Agreed> {
  checkPrivacy(act);
  const { by, id } = act;
  // INVARIANT: before anything is on record: nobody's yes is taken from a store that was edited.
  await checkKept(parts, by.tenant);
  const open = await parts.agreements.open(by.tenant, parts.clock.now());
  const agreement = open.find((one) => one.id === id);
  if (agreement === undefined) {
    throw new BailiwickError('api/not-found', {
      message: `nothing called \`${id}\` waits for somebody to agree`,
    });
  }
  if (agreement.act['kind'] === acceptMissingKind) {
    throw new BailiwickError('api/invalid', {
      message: 'an admin agrees to this, by asking for the same',
      suggestedAction: 'as an admin: `bailiwick audit accept-missing ORIGIN --reason …`',
    });
  }
  if (isSamePerson(agreement.askedBy, by.name)) throw new BailiwickError('audit/second-person');
  return agreement.act['kind'] === 'erase-tenant'
    ? eraseTenant(parts, act, agreement)
    : agreeToHold(parts, act, agreement);
}
