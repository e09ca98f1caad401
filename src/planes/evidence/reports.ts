export interface Report {
  /** For people. */
  readonly shows: string;
  /** In the language of questions, without a time: the period is put before it. */
  readonly words: string;
}

/** What a pack can be made of. A name, once given out, keeps its meaning: packs of years are laid side by side. */
export const reports: Readonly<Record<string, Report>> = {
  approvals: { shows: 'what waited for people, and what they said', words: 'action:approval.*' },
  overrides: {
    shows: 'what people let through, took back or set aside',
    words:
      'action:override.*,approval.approved,approval.reconciled,effect.reconciled,stop.released,' +
      'label.released,lifecycle.agent-resumed,tool.approved,tool.phase-changed,tool.exception-changed,' +
      'identity.elevated,act.reconciled',
  },
  stops: {
    shows: 'stops, suspensions, quarantines and things held, and their ends',
    words:
      'action:stop.*,label.held,label.released,lifecycle.agent-suspended,lifecycle.agent-resumed,' +
      'lifecycle.instance-revoked,tool.quarantined',
  },
  'policy-changes': {
    shows: 'what became of the configuration, and doubts about its rules',
    words:
      'action:config.*,policy.doubted,tool.approved,tool.rejected,tool.phase-changed,' +
      'tool.effect-changed,tool.exception-changed',
  },
  refused: { shows: 'what was refused, by whom and why', words: 'outcome:refused' },
  'let-through': {
    shows: 'what would have been refused, and went on for its tool is not enforced yet',
    words: 'outcome:let-through',
  },
  access: { shows: 'people, roles, sign-ins and tokens', words: 'action:identity.*,directory.*' },
  credentials: { shows: 'credentials stored, lent and removed', words: 'is:credential' },
  'log-reads': { shows: 'who read the log', words: 'action:log.read,log.revealed' },
  retention: {
    shows: 'what was pruned, erased or missed, and how long records are kept',
    words:
      'action:log.retention-run,log.pruned,log.evidence-removed,log.gap,log.recovered,log.missing-accepted,privacy.*',
  },
  everything: { shows: 'every record of the period', words: '' },
};
