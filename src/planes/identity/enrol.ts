import { recordThenDo } from '#contracts/desk.ts';
import type { EnrolledInstance, InstanceBook } from '#contracts/instance-book.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import type { Turns } from '#kernel/turns.ts';
import { provesKey } from './assertion.ts';
import type { Enrolment } from './door.ts';
import {
  type EnrolmentRecorder,
  instanceActor,
  type RefusalRecords,
  stranger,
  strangers,
} from './enrolment-records.ts';
import { importPublicJwk, type PublicJwk } from './jwk.ts';

export interface EnrolRoom {
  readonly parts: {
    readonly instances: InstanceBook;
    readonly recorder: EnrolmentRecorder;
    readonly clock: Clock;
    readonly onRosterChange: () => Promise<void>;
  };
  /** For acts of nobody we know. */
  readonly tenant: string;
  readonly refusals: RefusalRecords;
  readonly turns: Turns;
}

/** A key comes in by a join token, which serves once, for one instance. */
export async function enrol(
  room: EnrolRoom,
  { joinToken, jwk, proof }: Parameters<Enrolment['enrol']>[0],
): Promise<EnrolledInstance> {
  const { parts, tenant } = room;
  const now = parts.clock.now();
  const token = sha256Hex(joinToken);
  const key = importPublicJwk(jwk);
  if (key === undefined || !provesKey(proof, key, joinToken, now)) {
    const fault = new BailiwickError('identity/invalid-proof');
    const details = { token };
    return room.refusals.refuse({
      type: 'identity.refused',
      tenant,
      actor: stranger,
      fault,
      details,
      source: strangers,
    });
  }
  // One at a time per token: it is asked about before it is spent.
  return room.turns.take(token, async () => {
    try {
      return await enrolKey(room, key, { token, now });
    } catch (fault) {
      if (!(fault instanceof BailiwickError) || !isRefusedKey(fault)) throw fault;
      return refuseKey(room, fault, key, token);
    }
  });
}

/** INVARIANT: an instance is on record before it is enrolled; what cannot be recorded spends no token. */
export async function enrolKey(
  { parts }: EnrolRoom,
  { thumbprint, jwk }: PublicJwk,
  {
    token,
    now,
    said = {},
  }: { readonly token: string; readonly now: number; readonly said?: JsonObject },
): Promise<EnrolledInstance> {
  const { instances, recorder } = parts;
  const open = await instances.openJoinToken(token, now);
  if (open === undefined) throw new BailiwickError('identity/join-token-invalid');
  if ((await instances.byThumbprint(thumbprint)) !== undefined) {
    throw new BailiwickError('identity/key-in-use');
  }
  const instance = newId(now);
  const { tenant, agent } = open;
  const draft: RecordDraft = {
    type: 'identity.enrolled',
    tenant,
    actors: [{ kind: 'agent', name: agent, instance, key: thumbprint }],
    details: { token, key: thumbprint, ...said },
  };
  const enrolled = await recordThenDo(recorder, draft, () =>
    instances.enrol({ tokenDigest: token, instance, thumbprint, jwk, now }),
  );
  await parts.onRosterChange();
  return enrolled;
}

export function isRefusedKey({ code }: BailiwickError): boolean {
  return code === 'identity/join-token-invalid' || code === 'identity/key-in-use';
}

/**
 * The same key twice: both are named, each in the log of its own tenant, the one that has it and
 * the join token that wanted it.
 */
export async function refuseKey(
  { parts, refusals, tenant }: EnrolRoom,
  fault: BailiwickError,
  { thumbprint }: PublicJwk,
  token: string,
): Promise<never> {
  const details = { token, key: thumbprint };
  const act = { type: 'identity.refused', tenant, actor: stranger, fault, details } as const;
  // Only whoever holds a good join token gets as far as the key.
  if (fault.code !== 'identity/key-in-use') return refusals.refuse({ ...act, source: strangers });
  const holder = await parts.instances.byThumbprint(thumbprint);
  if (holder !== undefined) {
    await refusals.note({
      ...act,
      tenant: holder.tenant,
      actor: instanceActor(holder),
      source: `held ${token}`,
    });
  }
  return refusals.refuse({ ...act, source: `wanted ${token}` });
}
