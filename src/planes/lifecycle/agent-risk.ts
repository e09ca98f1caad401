import { type RiskRules, valueText } from '#contracts/document-risk.ts';

export const agentRisk: RiskRules = {
  lists: { clearance: 'set', groups: 'set', 'unbound.effects': 'set' },
  tightenings: [
    { at: 'suspended', is: { to: true } },
    { at: 'rate.perMinute', is: 'lowered' },
    { at: 'rate.burst', is: 'lowered' },
    { at: 'callsPerDay', is: 'limited' },
    { at: 'toolLimit', is: 'lowered' },
    { at: 'clearance', is: 'added' },
    { at: 'clearance.*', is: 'removed' },
    { at: 'groups.*', is: 'removed' },
    { at: 'unbound.effects.*', is: 'removed' },
    { at: 'standing', is: { to: 'none' } },
    { at: 'autonomy', is: { to: 'assisted' } },
    { at: 'review', is: 'added' },
    { at: 'review.every', is: 'limited' },
    { at: 'nextReview', is: 'limited' },
  ],
  gone: 'tightening',
  says(change, name, of) {
    return ofSuspension(change, name, of) ?? ofMember(change, name, of) ?? ofList(change, name, of);
  },
};

type Says = NonNullable<RiskRules['says']>;

const ofSuspension: Says = ({ path, before, after }, name) => {
  if (path.join('.') !== 'suspended') return undefined;
  if (before === undefined && after === false) return undefined;
  return after === true ? `${name} is suspended` : `${name} goes on`;
};

const ofMember: Says = ({ path, before, after }, name) => {
  const was = before === undefined ? '' : ` (it was ${valueText(before)})`;
  const now = valueText(after);
  switch (path.join('.')) {
    case 'manifest':
      return `${name} may what manifest \`${now}\` lists${was}`;
    case 'owner':
      return `${now} answers for ${name}${was}`;
    case 'autonomy':
      return `${name} is ${now}${was}`;
    case 'environment':
      return `${name} runs in \`${now}\`${was}`;
    case 'rate.perMinute':
      return `${name} may make ${now} calls a minute${was}`;
    default:
      return undefined;
  }
};

const ofList: Says = ({ path, after }, name) => {
  const [list, what = '', effect = ''] = path;
  if (list === 'unbound' && path.length === 3) {
    const verb = after === undefined ? 'may not' : 'may';
    return `${name} ${verb} use tools of class \`${effect}\` by an unbound bearer`;
  }
  if (list === 'clearance' && path.length === 2) {
    return `${name} ${after === undefined ? 'may no longer read' : 'may read'} what is labelled \`${what}\``;
  }
  if (list === 'groups' && path.length === 2) {
    return `${name} ${after === undefined ? 'does not reach' : 'reaches'} servers of group \`${what}\``;
  }
  return undefined;
};
