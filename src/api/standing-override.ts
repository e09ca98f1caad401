import { z } from 'zod';
import { rulesFor } from '#contracts/approval-rules.ts';
import { isOpen, type Override } from '#contracts/override-book.ts';
import type { Configuration } from '#contracts/plane-part.ts';
import type { DryAnswer } from '#dry-run/index.ts';
import { targetText } from '#kernel/target.ts';
import { isoTime } from '#kernel/time.ts';
import { effectClasses } from '#kernel/tool.ts';
import { isOfStrangers } from '#planes/policy/index.ts';
import type { ControlParts } from './parts.ts';
import { time } from './shapes.ts';

export const standingOverride = z
  .strictObject({
    id: z.string(),
    by: z.string(),
    until: time,
    /** Of what is asked; false: somebody is asked all the same, or nobody would be without it. */
    lets: z.boolean(),
    /** In words. */
    sentence: z.string(),
  })
  .nullable();

export type StandingOverride = z.input<typeof standingOverride>;

interface HasOverrides {
  readonly desks: Pick<ControlParts['desks'], 'overrides'>;
}

interface About {
  readonly tenant: string;
  readonly agent: string;
  readonly time: number;
  readonly configuration: Configuration;
}

/** By agent and target: which one is open at a time. */
export function overridesOpenAt(
  { desks }: HasOverrides,
  tenant: string,
  at: number,
): ReadonlyMap<string, Override> {
  const open = desks.overrides.list(tenant).filter((one) => isOpen(one, at));
  return new Map(open.map((one) => [`${one.agent} ${one.target}`, one]));
}

/**
 * What an open override makes of an answer. INVARIANT: as the gateway and its judge have it: it is a yes to what people
 * decided to ask, not to what strangers brought into the task, and not where an `ApprovalRule` says who is asked.
 */
export function overrideTold(
  override: Override | undefined,
  { configuration, tenant }: Pick<About, 'configuration' | 'tenant'>,
  { decision, input, refusal, phase }: DryAnswer,
): StandingOverride {
  if (override === undefined) return null;
  const { id, by, until } = override;
  const { effect, approvalClass } = decision;
  const told = { id, by, until: isoTime(until) };
  const head = `override ${id} of \`${by}\` stands until ${told.until}`;
  if (refusal !== undefined || effect !== 'approve' || approvalClass === undefined) {
    return { ...told, lets: false, sentence: `${head}: it changes nothing, for nobody is asked` };
  }
  const of = configuration.snapshot.tenants[tenant];
  const effectClass = effectClasses.find((one) => one === input.effectClass) ?? 'write';
  const rules = of && rulesFor(of, { approvalClass, effectClass });
  if (isOfStrangers(approvalClass) || rules?.length !== 0) {
    const why = isOfStrangers(approvalClass)
      ? 'for what strangers brought into the task'
      : 'by an ApprovalRule';
    const sentence = `${head}: a person is asked all the same, ${why}`;
    return { ...told, lets: false, sentence };
  }
  const without =
    phase === undefined ? `a person is asked (class \`${approvalClass}\`)` : 'it goes on';
  const sentence = `${head}: while \`${by}\` may approve it goes on, and nobody looks at it; without it ${without}`;
  return { ...told, lets: true, sentence };
}

/** The one that stands for this call, and what it makes of the answer. */
export function overrideOf(parts: HasOverrides, about: About, answer: DryAnswer): StandingOverride {
  const open = overridesOpenAt(parts, about.tenant, about.time);
  const target = answer.about ?? answer.input.target;
  return overrideTold(open.get(`${about.agent} ${targetText(target)}`), about, answer);
}
