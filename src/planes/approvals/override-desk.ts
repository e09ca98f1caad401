import {
  type Act,
  actDraft,
  checkInPerson,
  checkReason,
  checkRight,
  type DeskRecorder,
  type ReasonedAct,
  recordOrOwe,
  recordThenDo,
} from '#contracts/desk.ts';
import {
  isOpen,
  longestOverrideMs,
  mostUnreviewed,
  type Override,
  type OverrideBook,
} from '#contracts/override-book.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { isByProvider, isSamePerson } from '#kernel/principal.ts';
import type { RecordDraft, RecordType } from '#kernel/record.ts';
import type { Snapshot } from '#kernel/snapshot.ts';
import { parseTarget, type Target, targetLabel, targetText } from '#kernel/target.ts';
import { visibleText } from '#kernel/text/index.ts';
import { type Clock, isoTime } from '#kernel/time.ts';
import { createTurns } from '#kernel/turns.ts';
import { isNamedTarget, nearestTarget, type NamingTenant } from './named-targets.ts';

export interface OverrideDeskParts {
  readonly overrides: OverrideBook;
  readonly recorder: DeskRecorder;
  readonly clock: Clock;
  readonly snapshot: () => Snapshot | undefined;
}

type One = ReasonedAct & { readonly id: string };

/** What people give beforehand, look at and take back. */
export interface OverrideDesk {
  list(tenant: string): readonly Override[];
  give(
    act: ReasonedAct & {
      readonly agent: string;
      /** As people write it. */
      readonly target: string;
      readonly forMs: number;
    },
  ): Promise<Override>;
  /** Somebody other than its giver has looked at it. */
  review(act: One): Promise<Override>;
  end(act: One): Promise<Override>;
}

const shortestMs = 60_000;

export function createOverrideDesk(parts: OverrideDeskParts): OverrideDesk {
  const { overrides } = parts;
  const turns = createTurns();
  const inTurn = <T>({ by }: Act, step: () => Promise<T>) => turns.take(by.tenant, step);
  return {
    list: (tenant) => overrides.list(tenant),
    async give(act) {
      checkRight(act, 'approver');
      checkInPerson(act);
      checkReason(act);
      return inTurn(act, () => give(parts, act));
    },
    async review(act) {
      checkRight(act, 'approver', 'auditor');
      checkInPerson(act);
      checkReason(act);
      return inTurn(act, () => review(parts, act));
    },
    async end(act) {
      checkRight(act, 'approver', 'operator');
      checkReason(act);
      return inTurn(act, () => end(parts, act));
    },
  };
}

async function give(
  parts: OverrideDeskParts,
  act: Parameters<OverrideDesk['give']>[0],
): Promise<Override> {
  const { overrides, clock, recorder } = parts;
  const { by, reason, agent, forMs } = act;
  const target = targetOf(parts, act);
  const waiting = overrides.list(by.tenant).filter(({ reviewed }) => reviewed === undefined);
  if (waiting.length >= mostUnreviewed) throw new BailiwickError('overrides/too-many');
  const at = clock.now();
  const given: Override = {
    id: newId(at),
    tenant: by.tenant,
    agent,
    target,
    by: by.name,
    ...(isByProvider(by) ? { heldByProvider: by.roles } : {}),
    reason,
    at,
    until: at + forMs,
  };
  const draft = draftOf('override.given', act, given);
  return recordThenDo(recorder, draft, async () => {
    overrides.put(given);
    return given;
  });
}

function targetOf(
  { snapshot }: OverrideDeskParts,
  { by, agent, target: text, forMs }: Parameters<OverrideDesk['give']>[0],
): string {
  if (!Number.isInteger(forMs) || forMs < shortestMs || forMs > longestOverrideMs) {
    throw new BailiwickError('api/invalid', {
      message: 'an override lasts from one minute to 8 hours',
      suggestedAction: 'say for how long: `--for 1h`; a rule that is to last is a document',
    });
  }
  const tenant = snapshot()?.tenants[by.tenant];
  if (tenant === undefined || !Object.hasOwn(tenant.agents, agent))
    throw new BailiwickError('api/not-found', { message: `no agent is called \`${agent}\`` });
  const target = parseTarget(text) ?? parseTarget(`tool:${text}`);
  if (target?.name === undefined) {
    throw new BailiwickError('api/invalid', {
      message: 'an override is for one target',
      suggestedAction: 'name it: `billing/create_refund`, or `model:openai/gpt-5`',
    });
  }
  checkNamed(tenant, target);
  return targetText(target);
}

/** INVARIANT: for nothing that only its giver knows of: who looks at it later could not tell what it was for. */
function checkNamed(tenant: NamingTenant, target: Target): void {
  if (isNamedTarget(tenant, target)) return;
  const label = targetLabel(target);
  if (label.includes('*')) {
    throw new BailiwickError('api/invalid', {
      message: 'an override is for one target, and `*` is none',
      suggestedAction: 'give one for each target, by its name: `billing/create_refund`',
    });
  }
  const meant = nearestTarget(tenant, target);
  throw new BailiwickError('api/not-found', {
    message: `no document and no pin names \`${visibleText(label, { maxLength: 200 })}\``,
    suggestedAction:
      meant === undefined
        ? 'name one that a Manifest lists: `bailiwick tool list` has those of tool servers'
        : `did you mean \`${meant}\`?`,
  });
}

async function review(parts: OverrideDeskParts, act: One): Promise<Override> {
  const { overrides, recorder, clock } = parts;
  const one = found(parts, act);
  if (isSamePerson(one.by, act.by.name)) throw new BailiwickError('overrides/own-review');
  if (one.reviewed !== undefined)
    throw new BailiwickError('store/conflict', { message: 'somebody has reviewed it already' });
  const draft = draftOf('override.reviewed', act, one);
  return recordThenDo(recorder, draft, async () => {
    // It may have been ended while that was written.
    const reviewed = { ...found(parts, act), reviewed: said(act, clock.now()) };
    overrides.put(reviewed);
    return reviewed;
  });
}

/** It only takes away: effect first, and its record as soon as there can be one. */
async function end(parts: OverrideDeskParts, act: One): Promise<Override> {
  const { overrides, recorder, clock } = parts;
  const one = found(parts, act);
  const now = clock.now();
  if (!isOpen(one, now)) {
    throw new BailiwickError('store/conflict', { message: 'it is over already' });
  }
  const ended = { ...one, ended: said(act, now) };
  overrides.put(ended);
  await recordOrOwe(recorder, draftOf('override.ended', act, ended));
  return ended;
}

function found({ overrides }: OverrideDeskParts, { by, id }: One): Override {
  const one = overrides.get(by.tenant, id);
  if (one === undefined) throw new BailiwickError('overrides/unknown');
  return one;
}

function said({ by, reason }: ReasonedAct, at: number) {
  return { by: by.name, at, reason };
}

function draftOf(type: RecordType, act: ReasonedAct, one: Override): RecordDraft {
  const { id, agent, target, until, by } = one;
  const details: JsonObject = { agent, target, until: isoTime(until) };
  return { ...actDraft(type, act, details), approval: { id, by, override: true } };
}
