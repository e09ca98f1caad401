import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';
import type { RecordDraft } from '#kernel/record.ts';
import type { Clock } from '#kernel/time.ts';
import { createRefusalMeter } from './refusal-meter.ts';

/** What this half needs of the recorder: resolves when the record is durable, and not before. */
export interface EnrolmentRecorder {
  record(draft: RecordDraft): Promise<unknown>;
}

export interface RefusedAct {
  readonly type: 'identity.refused' | 'token.refused';
  readonly tenant: string;
  readonly actor: Actor;
  readonly fault: BailiwickError;
  readonly details?: JsonObject;
  /** Nobody is proved to have asked. */
  readonly stranger: boolean;
}

/** A refusal is on record before it is told; one that cannot be recorded is still a refusal. */
export function createRefuser(recorder: EnrolmentRecorder, clock: Clock) {
  const meter = createRefusalMeter();
  return async (act: RefusedAct): Promise<never> => {
    const { type, tenant, actor, fault, details } = act;
    const count = act.stranger ? meter.count(clock.now()) : 1;
    if (count === undefined) throw fault;
    await recorder.record({
      type,
      tenant,
      actors: [actor],
      refusal: {
        stage: type === 'token.refused' ? 'token' : 'enrolment',
        code: fault.code,
        message: fault.message,
        ...(count > 1 ? { count } : {}),
      },
      ...(details === undefined ? {} : { details }),
    });
    throw fault;
  };
}

export function instanceActor({ agent, instance, thumbprint }: EnrolledInstance): Actor {
  return { kind: 'agent', name: agent, instance, key: thumbprint };
}

export function human(name: string): Actor {
  return { kind: 'human', name };
}

export const stranger: Actor = { kind: 'agent', name: 'unknown' };
