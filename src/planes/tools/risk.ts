import { type Difference, type RiskRules, valueText } from '#contracts/document-risk.ts';
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
  lists: {
    asks: 'set',
    'results.labels': 'set',
    'results.clean': 'set',
    'tools.*.results.clean': 'set',
    'tools.*.flow.deeds': 'set',
    'tools.*.flow.yes.byUser': 'set',
    'tools.*.flow.results.asserted': 'set',
    'tools.*.flow.results.ids': 'set',
    'tools.*.flow.results.names': 'set',
    'tools.*.flow.results.labels.*': 'set',
    'tools.*.flow.objects.writes': 'set',
    'tools.*.flow.objects.makes': 'set',
    'tools.*.flow.objects.reads': 'set',
    'tools.*.flow.clearance.labels': 'set',
    'tools.*.flow.clearance.inside.labels': 'set',
    'tools.*.flow.clearance.inside.domains': 'set',
  },
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
    { at: 'tools.*.flow.yes.byUser.*', is: 'removed' },
    { at: 'tools.*.flow.yes.repeats', is: { to: false } },
    { at: 'tools.*.flow.results.ids.*', is: 'removed' },
    { at: 'tools.*.flow.results.directory', is: { to: false } },
    { at: 'tools.*.flow.results.labels.*.*', is: 'added' },
    { at: 'tools.*.flow.clearance.labels.*', is: 'removed' },
    { at: 'tools.*.flow.clearance.inside', is: 'removed' },
    { at: 'tools.*.flow.clearance.inside.labels.*', is: 'removed' },
    { at: 'tools.*.flow.clearance.inside.domains.*', is: 'removed' },
  ],
  gone: 'tightening',
  says({ path, before, after }, name) {
    const [first = '', ...rest] = path;
    const flow = first === 'tools' ? flowWords(`${name}/${rest[0] ?? ''}`, rest, after) : undefined;
    if (flow !== undefined) return flow;
    if (first === 'connect') return `\`${name}\` is reached, or started, in another way`;
    if (/^credentials?$/.test(first)) return `\`${name}\` is lent another credential`;
    if (rest.at(-1) === 'effect' && first === 'tools') {
      return `\`${name}/${rest[0] ?? ''}\` counts as one that does: ${valueText(after)} (it was ${valueText(before)})`;
    }
    return undefined;
  },
};

/** What strangers may decide of a call, where that changes. */
function flowWords(
  tool: string,
  [, member, part, ...rest]: readonly string[],
  after: Difference['after'],
): string | undefined {
  if (member !== 'flow') return undefined;
  const isGone = after === undefined;
  const [one = '', item] = rest;
  if (part === undefined) {
    return isGone
      ? `of \`${tool}\` nothing says any more where its values may come from`
      : `\`${tool}\` says what flows through it`;
  }
  if (part === 'sinks') return sinkWords(tool, one, after);
  if (part === 'yes') return yesWords(tool, rest, after);
  if (part === 'clearance') return clearanceWords(tool, rest, after);
  if (part === 'results' && one === 'labels' && item !== undefined) {
    return `\`${item}\` in results of \`${tool}\` ${isGone ? 'carries less' : 'is labelled'}: ${valueText(after)}`;
  }
  if (part !== 'results' || one !== 'asserted' || item === undefined) return undefined;
  return isGone
    ? `\`${item}\` in results of \`${tool}\` counts as written by a stranger`
    : `\`${item}\` in results of \`${tool}\` is believed: its server answers for it`;
}

function clearanceWords(tool: string, path: readonly string[], after: Difference['after']): string {
  const isInside = path[0] === 'inside';
  const [list, item] = isInside ? path.slice(1) : path;
  const whom = isInside ? ' to people of its domains' : '';
  if (list === 'domains' && item !== undefined) {
    return `\`${item}\` ${after === undefined ? 'is no longer' : 'counts as'} inside for \`${tool}\``;
  }
  if (item !== undefined) {
    const verb = after === undefined ? 'may no longer tell' : 'may tell';
    return `\`${tool}\` ${verb} what is labelled \`${item}\`${whom}`;
  }
  return `what \`${tool}\` may tell${whom} is said otherwise: ${valueText(after)}`;
}

function sinkWords(tool: string, path: string, after: Difference['after']): string {
  return after === undefined
    ? `\`${path}\` of \`${tool}\` counts as free text: only addresses, links and accounts in it are asked about`
    : `\`${path}\` of \`${tool}\` is judged as: ${valueText(after)}`;
}

function yesWords(
  tool: string,
  [one, kind]: readonly string[],
  after: Difference['after'],
): string | undefined {
  const isGone = after === undefined || after === false;
  if (one === 'repeats') {
    return isGone
      ? `a yes to a value of \`${tool}\` is for one call`
      : `a yes to a value of \`${tool}\` lets the agent send that value again for 15 minutes`;
  }
  if (one !== 'byUser' || kind === undefined) return undefined;
  return isGone
    ? `users of \`${tool}\` are not asked about a value by themselves: ${kind}`
    : `the user of \`${tool}\` may say yes to a value by themselves: ${kind}`;
}

export const registryRisk: RiskRules = {
  lists: { sources: 'set' },
  tightenings: [
    { at: 'sources.*', is: 'removed' },
    { at: 'requirePins', is: { to: true } },
  ],
};
