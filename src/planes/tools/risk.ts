import { type RiskRules, valueText } from '#contracts/document-risk.ts';
import { listedLists, listedTightenings, listedWords } from './manifest-risk.ts';

/** INVARIANT: nothing of `pdp` is less: it says where users, and what they ask for, are sent to. */
export const entitlementRisk: RiskRules = {
  lists: { ...listedLists, groups: 'set', users: 'set' },
  tightenings: [
    ...listedTightenings,
    { at: 'groups.*', is: 'removed' },
    { at: 'users.*', is: 'removed' },
    { at: 'everyone', is: { to: false } },
  ],
  gone: 'tightening',
  says: (difference, name, world) => listedWords(difference, `users of \`${name}\``, world),
};

/** INVARIANT: no other end of an exception is less: one for too long counts for nothing, until its end is earlier. */
export const serverRisk: RiskRules = {
  lists: { asks: 'set', 'results.labels': 'set' },
  tightenings: [
    { at: 'phase', is: { to: 'enforce' } },
    { at: 'tools.*.phase', is: { to: 'enforce' } },
    { at: 'tools.*.openArguments', is: { to: false } },
    { at: 'default.openArguments', is: { to: false } },
    { at: 'pin', is: { to: 'review' } },
    { at: 'results.labels.*', is: 'added' },
    { at: 'results.maxBytes', is: 'lowered' },
    { at: 'timeoutMs', is: 'lowered' },
    { at: 'asks.*', is: 'removed' },
    { at: 'exceptions.*', is: 'removed' },
  ],
  gone: 'tightening',
  says({ path, before, after }, name) {
    const [first = '', ...rest] = path;
    if (first === 'connect') return `\`${name}\` is reached, or started, in another way`;
    if (/^credentials?$/.test(first)) return `\`${name}\` is lent another credential`;
    if (rest.at(-1) === 'effect' && first === 'tools') {
      return `\`${name}/${rest[0] ?? ''}\` counts as one that does: ${valueText(after)} (it was ${valueText(before)})`;
    }
    return undefined;
  },
};

export const registryRisk: RiskRules = {
  lists: { sources: 'set' },
  tightenings: [
    { at: 'sources.*', is: 'removed' },
    { at: 'requirePins', is: { to: true } },
  ],
};
