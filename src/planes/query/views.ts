import { BailiwickError } from '#kernel/errors.ts';
import { nearest } from '#kernel/text/index.ts';

export interface View {
  readonly name: string;
  /** For people. */
  readonly shows: string;
  readonly query: string;
  /** What has to be asked beside it, such as whom. */
  readonly needs?: string;
}

/** Questions that are asked again and again. Each is a query, and can be narrowed by more of one. */
export const views: readonly View[] = [
  {
    name: 'subject-30-days',
    shows:
      'what somebody did, what was done about them, and who asked the log about them, in 30 days',
    query: 'since:30d is:action,reading',
    needs: 'subject:NAME',
  },
  {
    name: 'refused-this-week',
    shows: 'what was refused in 7 days, at once, by a human, or because none answered',
    query: 'since:7d outcome:refused',
  },
  {
    name: 'queued-then-denied',
    shows: 'what waited for a human in 7 days and was rejected, withdrawn or not answered',
    query: 'since:7d action:approval.rejected,approval.expired,approval.withdrawn',
  },
  {
    name: 'overrides',
    shows: 'what people let through, took back or set aside in 30 days',
    query:
      'since:30d action:override.*,approval.approved,approval.reconciled,effect.reconciled,stop.released,' +
      'label.released,lifecycle.agent-resumed,tool.approved,tool.phase-changed,tool.exception-changed,' +
      'identity.elevated,act.reconciled',
  },
  {
    name: 'let-through',
    shows: 'what would have been refused or held, and went on because its tool is not enforced yet',
    query: 'since:7d outcome:let-through',
  },
  {
    name: 'stops',
    shows: 'stops, suspensions, quarantines and things held of 30 days, and their ends',
    query:
      'since:30d action:stop.*,label.held,label.released,lifecycle.agent-suspended,' +
      'lifecycle.agent-resumed,' +
      'lifecycle.instance-revoked,tool.quarantined',
  },
  {
    name: 'policy-changes',
    shows: 'what became of the configuration in 30 days, and doubts about its rules',
    query:
      'since:30d action:config.*,policy.doubted,tool.approved,tool.rejected,tool.phase-changed,' +
      'tool.effect-changed,tool.exception-changed',
  },
  {
    name: 'broker-24h',
    shows: 'which credentials were stored, lent and removed in 24 hours',
    query: 'since:24h is:credential',
  },
  {
    name: 'log-reads',
    shows: 'who read the log in 7 days',
    query: 'since:7d action:log.read',
  },
];

export function viewText(name: string): string {
  const view = views.find((one) => one.name === name);
  if (view !== undefined) return view.query;
  const names = views.map((one) => one.name);
  const meant = nearest(name, names);
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  throw new BailiwickError('audit/query-malformed', {
    message: `there is no view \`${name.slice(0, 64)}\`${hint}`,
    suggestedAction: `it is one of: ${names.join(', ')}`,
    ...(meant === undefined ? {} : { details: { suggestion: meant } }),
  });
}
