import { actDraft, checkReason, checkRight, type DeskRecorder } from '#contracts/desk.ts';
import type { InstanceBook } from '#contracts/instance-book.ts';
import type { OverlayFeed } from '#contracts/overlay-feed.ts';
import { oweRecord } from '#contracts/owed.ts';
import { BailiwickError } from '#kernel/errors.ts';
import type { Clock } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';
import type { Enrolment, IdentityDesk, RevokedInstance, TokenAct } from './door.ts';
import { createRefusalRecords, human, type RefusalRecords } from './enrolment-records.ts';

export interface IdentityDeskParts {
  /** Records each token before it leaves. */
  readonly enrolment: Pick<Enrolment, 'issueJoinToken' | 'issueUnboundToken'>;
  readonly instances: InstanceBook;
  readonly overlay: Pick<OverlayFeed, 'add'>;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly onRosterChange: () => Promise<void>;
}

type Room = IdentityDeskParts & { readonly refusals: RefusalRecords };
type Revocation = Parameters<IdentityDesk['revoke']>[0];

export function createIdentityDesk(parts: IdentityDeskParts): IdentityDesk {
  const { recorder, clock, enrolment } = parts;
  const room: Room = { ...parts, refusals: createRefusalRecords(recorder, clock) };
  const turns = createTurns();
  return {
    issueJoinToken: async (act) => enrolment.issueJoinToken(askOf(act)),
    issueUnboundToken: async (act) => enrolment.issueUnboundToken(askOf(act)),
    async revoke(act) {
      checkRight(act, 'analyst');
      checkReason(act);
      return turns.take(`${act.by.tenant} ${act.instance}`, () => revoke(room, act));
    },
  };
}

function askOf(act: TokenAct) {
  checkRight(act, 'operator');
  const { by, agent, reason } = act;
  if (reason !== undefined) checkReason({ reason });
  return { tenant: by.tenant, agent, by: by.name, reason };
}

/**
 * Takes effect first and is recorded surely after: what only takes away does not wait for a log.
 * The overlay before the books: the instance is out everywhere before they are tidied.
 */
async function revoke(room: Room, act: Revocation): Promise<RevokedInstance> {
  const { instances, overlay, clock, onRosterChange } = room;
  const { by, instance, reason } = act;
  const { tenant } = by;
  const holder = await holderOf(room, act);
  const now = clock.now();
  const { agent, key } = holder;
  const details = { agent, instance, ...(key === undefined ? { binding: 'none' } : { key }) };
  const entry = {
    id: `revoke-${instance}`,
    target: { kind: 'instance', tenant, instance },
    why: 'revoke',
    by: by.name,
    reason,
    at: now,
  } as const;
  const draft = actDraft('lifecycle.instance-revoked', act, details);
  await overlay.add(entry, [oweRecord(draft, now)]);
  if (key === undefined) await instances.revokeUnbound(tenant, instance, now);
  else await instances.revoke(tenant, instance, now);
  // The overlay refuses already; the roster is owed since the book changed and comes by itself.
  await onRosterChange().catch(() => undefined);
  return { instance, agent, revokedAt: holder.revokedAt ?? now };
}

interface Holder {
  readonly agent: string;
  /** Undefined for an unbound bearer. */
  readonly key: string | undefined;
  readonly revokedAt: number | undefined;
}

async function holderOf({ instances, refusals }: Room, act: Revocation): Promise<Holder> {
  const { by, instance } = act;
  const { tenant } = by;
  const enrolled = (await instances.list(tenant)).find((one) => one.instance === instance);
  if (enrolled !== undefined) return { ...enrolled, key: enrolled.thumbprint };
  const unbound = (await instances.unbound(tenant)).find((one) => one.instance === instance);
  if (unbound !== undefined) return { ...unbound, key: undefined };
  return refusals.refuse({
    type: 'identity.refused',
    tenant,
    actor: human(by.name),
    fault: new BailiwickError('api/not-found', { message: `no instance \`${instance}\`` }),
    source: undefined,
  });
}
