import type { DeskRecorder } from '#contracts/desk.ts';
import type { EnrolledInstance } from '#contracts/instance-book.ts';
import type { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Actor } from '#kernel/principal.ts';
import type { Clock } from '#kernel/time.ts';
import { createRefusalMeter } from './refusal-meter.ts';

export type EnrolmentRecorder = DeskRecorder;

export interface RefusedAct {
  readonly type: 'identity.refused' | 'token.refused';
  readonly tenant: string;
  /** Or the chain, where there is one. */
  readonly actor: Actor | readonly Actor[];
  readonly fault: BailiwickError;
  readonly details?: JsonObject;
  /** Under what repetitions are counted; a person's refusals are all written. */
  readonly source: string | undefined;
}

export interface RefusalRecords {
  /** Durable when it resolves, alone or as one of those that the next record stands for. */
  note(act: RefusedAct): Promise<void>;
  /** On record before it is told. When it cannot be recorded it is a refusal all the same. */
  refuse(act: RefusedAct): Promise<never>;
}

/** All that nobody proved comes from here. */
export const strangers = 'strangers';

export function createRefusalRecords(recorder: EnrolmentRecorder, clock: Clock): RefusalRecords {
  const meter = createRefusalMeter();
  const note = async (act: RefusedAct): Promise<void> => {
    const { type, tenant, actor, fault, details, source } = act;
    const count = source === undefined ? 1 : meter.count(source, clock.now());
    if (count === undefined) return;
    await recorder.record({
      type,
      tenant,
      actors: [actor].flat(),
      refusal: {
        stage: type === 'token.refused' ? 'token' : 'enrolment',
        code: fault.code,
        message: fault.message,
        ...(count > 1 ? { count } : {}),
      },
      ...(details === undefined ? {} : { details }),
    });
  };
  return {
    note,
    async refuse(act) {
      await note(act);
      throw act.fault;
    },
  };
}

export function instanceActor({ agent, instance, thumbprint }: EnrolledInstance): Actor {
  return { kind: 'agent', name: agent, instance, key: thumbprint };
}

export function human(name: string): Actor {
  return { kind: 'human', name };
}

export const stranger: Actor = { kind: 'agent', name: 'unknown' };
