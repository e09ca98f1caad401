import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { actorOf, baseEvent, given, type OcsfParts, sourceOf, statusOf } from './base-event.ts';

const activities = { read: 2, write: 3, delete: 4 } as const;

/** 6003: what was asked of a tool, a model or of us, and what was said to it. */
export function apiActivity(parts: OcsfParts): JsonObject {
  const { record } = parts;
  const { target, method, named, call, id, decision } = record;
  const activity = target === undefined ? parts.activity : activities[target.effectClass];
  const control = controlOf(record);
  const profiles = control === undefined ? [] : ['security_control'];
  const asked = target?.target ?? named;
  const policy = policyOf(decision);
  return {
    ...baseEvent({ ...parts, activity }, { category: 6, class: 6003, profiles }),
    ...statusOf(record),
    ...control,
    actor: {
      ...actorOf(record),
      ...(decision === undefined
        ? {}
        : { authorizations: [{ decision: decision.effect, ...given('policy', policy) }] }),
    },
    api: {
      operation: asked ?? method ?? record.type,
      ...given('service', serviceOf(asked)),
      request: { uid: call ?? id },
    },
    src_endpoint: sourceOf(record),
    ...(target === undefined
      ? {}
      : { resources: [{ uid: target.target, version: target.digest, role_id: 1 }] }),
  };
}

/** `tool:billing/create_refund` is of `billing`. */
function serviceOf(asked: string | undefined): JsonObject | undefined {
  const [, name] = /^(?:[a-z-]+:)?([^/.]+)[/.]/u.exec(asked ?? '') ?? [];
  return name === undefined ? undefined : { name };
}

function policyOf(decision: RecordEnvelope['decision']): JsonObject | undefined {
  if (decision === undefined) return undefined;
  const { rules, policyDigest } = decision;
  return { uid: policyDigest, ...given('name', rules.length === 0 ? undefined : rules.join(' ')) };
}

/** Action is what the gate did (1 allowed, 2 denied), disposition what became of the call. */
function controlOf({ type, refusal, decision, approval }: RecordEnvelope): JsonObject | undefined {
  const policy = policyOf(decision);
  const of = { ...given('policy', policy) };
  if (type === 'gateway.held') return { ...of, action_id: 2, disposition_id: 14 };
  if (refusal !== undefined) {
    // Once it was allowed, what refuses is no policy: the call failed.
    return decision?.effect === 'allow' && type === 'policy.outcome'
      ? { ...of, action_id: 1, disposition_id: 27 }
      : { ...of, action_id: 2, disposition_id: 2 };
  }
  if (decision === undefined) return undefined;
  if (decision.effect === 'deny') return { ...of, action_id: 2, disposition_id: 2 };
  return { ...of, action_id: 1, disposition_id: approval?.by === undefined ? 1 : 8 };
}
