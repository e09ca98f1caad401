import { type RiskRules, valueText } from '#contracts/document-risk.ts';

export const agentRisk: RiskRules = {
  lists: { groups: 'set', 'unbound.effects': 'set' },
  tightenings: [
    { at: 'suspended', is: { to: true } },
    { at: 'rate.perMinute', is: 'lowered' },
    { at: 'rate.burst', is: 'lowered' },
    { at: 'callsPerDay', is: 'limited' },
    { at: 'toolLimit', is: 'lowered' },
    { at: 'groups.*', is: 'removed' },
    { at: 'unbound.effects.*', is: 'removed' },
    { at: 'standing', is: { to: 'none' } },
    { at: 'review', is: 'added' },
    { at: 'review.every', is: 'limited' },
    { at: 'nextReview', is: 'limited' },
  ],
  gone: 'tightening',
  says({ path, before, after }, name) {
    const at = path.join('.');
    const was = before === undefined ? '' : ` (it was ${valueText(before)})`;
    if (at === 'suspended' && before === undefined && after === false) return undefined;
    if (at === 'suspended') return after === true ? `${name} is suspended` : `${name} goes on`;
    if (at === 'manifest') return `${name} may what manifest \`${valueText(after)}\` lists${was}`;
    if (at === 'owner') return `${valueText(after)} answers for ${name}${was}`;
    if (at === 'environment') return `${name} runs in \`${valueText(after)}\`${was}`;
    if (at === 'rate.perMinute') return `${name} may make ${valueText(after)} calls a minute${was}`;
    if (path[0] === 'unbound' && path.length === 3) {
      const [verb, effect] = [after === undefined ? 'may not' : 'may', path[2] ?? ''];
      return `${name} ${verb} use tools of class \`${effect}\` by an unbound bearer`;
    }
    if (path[0] === 'groups' && path.length === 2) {
      return `${name} ${after === undefined ? 'does not reach' : 'reaches'} servers of group \`${path[1] ?? ''}\``;
    }
    return undefined;
  },
};
