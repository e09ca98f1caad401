import type { PartProblem } from '#contracts/plane-part.ts';
import { entriesOf } from '#contracts/section.ts';
import { type AgentEntry, autonomies, type TenantSnapshot } from '#kernel/snapshot.ts';
import { isReviewedWithin } from './review-dates.ts';
import { type TemplateEntry, templates } from './template-kind.ts';

/**
 * What an agent has beyond its template. INVARIANT: where a tenant has any template, an agent without one does not
 * come into force: a template that can be skipped is none.
 */
export function beyondTemplate(
  agent: AgentEntry,
  tenant: TenantSnapshot,
  now: number,
): readonly PartProblem[] {
  const all = entriesOf(tenant, templates);
  const names = Object.keys(all).sort();
  if (names.length === 0) return [];
  const document = { kind: 'Agent', name: agent.name };
  const named = agent.template;
  // One that is not there is told as a reference.
  const template = named !== undefined && Object.hasOwn(all, named) ? all[named] : undefined;
  if (template === undefined) {
    const message = `\`template\` is missing: there are templates here, so each agent is of one (${names.slice(0, 10).join(', ')})`;
    return named === undefined ? [{ document, message }] : [];
  }
  return excesses(agent, template, now).map((what) => ({
    document,
    message: `${what}, which template \`${template.name}\` does not allow: stay within it, or have an admin change it`,
  }));
}

function excesses(agent: AgentEntry, template: TemplateEntry, now: number): readonly string[] {
  // INVARIANT: a rate that can be saved up without end is none.
  const burst = template.burst ?? template.ratePerMinute;
  const found = [
    !template.manifests.includes(agent.manifest) && `manifest \`${agent.manifest}\``,
    ...outside('group', agent.groups ?? [], template.groups),
    ...outside('unbound effect', agent.unboundEffects, template.unboundEffects),
    ...outsideEnvironments(agent, template),
    isOver(agent.ratePerMinute, template.ratePerMinute) &&
      `\`rate.perMinute\` over ${template.ratePerMinute}`,
    isOver(agent.burst, burst) && `\`rate.burst\` over ${burst}`,
    isOver(agent.callsPerDay, template.callsPerDay) &&
      `\`callsPerDay\` over ${template.callsPerDay}`,
    isOver(agent.toolLimit, template.toolLimit) && `\`toolLimit\` over ${template.toolLimit}`,
    hasMoreAutonomy(agent, template) && `more autonomy than \`${template.autonomy}\``,
    template.standing === 'none' && agent.standing !== 'none' && 'a standing task',
    isReviewedLess(agent, template, now) && 'a review less often',
  ];
  return found.filter((one) => one !== false);
}

/** No bound is more than any. */
function isOver(value: number | undefined, most: number | undefined): boolean {
  return most !== undefined && (value === undefined || value > most);
}

function outside(what: string, has: readonly string[], may: readonly string[]): readonly string[] {
  return has.filter((one) => !may.includes(one)).map((one) => `${what} \`${one}\``);
}

function outsideEnvironments(
  { environments }: AgentEntry,
  template: TemplateEntry,
): readonly string[] {
  if (template.environments === undefined) return [];
  if (environments === undefined) return ['every environment'];
  return outside('environment', environments, template.environments);
}

/** Undeclared is as much as there may be. */
function hasMoreAutonomy({ autonomy }: AgentEntry, template: TemplateEntry): boolean {
  if (template.autonomy === undefined) return false;
  return (
    autonomy === undefined || autonomies.indexOf(autonomy) > autonomies.indexOf(template.autonomy)
  );
}

function isReviewedLess(agent: AgentEntry, { reviewEveryMs }: TemplateEntry, now: number): boolean {
  return reviewEveryMs !== undefined && !isReviewedWithin(agent, reviewEveryMs, now);
}
