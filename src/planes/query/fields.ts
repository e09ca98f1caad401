/** What can be asked for, each with what it finds; the order is that of help and of documents. */
export const fields = {
  agent: 'an agent in the chain of actors',
  user: 'a human in the chain of actors',
  actor: 'whoever acted or decided: agent, human, program',
  subject: 'whoever acted, and whatever the record is about by its details',
  tool: 'a tool, as `server/tool`, `server__tool` or `server.tool`',
  server: 'a tool server, provider or host',
  target: 'anything that is acted on, as `tool:billing/refund` or `model:openai/gpt-5`',
  action: 'the type of the record, or its beginning as `stop.*`',
  decision: 'allow, approve or deny (refusals of every gate)',
  outcome: 'none, done, unknown, refused, held or let-through',
  code: 'the code of a refusal',
  stage: 'the gate that refused',
  policy: 'a rule, or all rules of a policy',
  approval: 'the id of an approval',
  lease: 'the id of a lease of a credential',
  secret: 'the name of a credential that was lent',
  label: 'a label that was carried in or out',
  task: 'a task',
  session: 'a session',
  call: 'a call: its intent, its parts, its outcome',
  trace: 'a trace (32 hex digits)',
  annotates: 'later words about this record or task',
  is: 'action, background, reading (of the log), credential (lent, stored, removed) or unreadable',
} as const;

export type Field = keyof typeof fields;

/** Other words for the same, as other tools have them. */
export const aliases: Readonly<Record<string, Field>> = {
  type: 'action',
  who: 'actor',
  rule: 'policy',
  effect: 'outcome',
  error: 'code',
  credential: 'secret',
  about: 'subject',
};

/** Fields whose values are known: another one would find nothing, and look as if nothing had happened. */
export const closedFields: Readonly<Partial<Record<Field, readonly string[]>>> = {
  decision: ['allow', 'approve', 'deny'],
  outcome: ['none', 'done', 'unknown', 'refused', 'held', 'let-through'],
  is: ['action', 'background', 'reading', 'credential', 'unreadable'],
};

/** Where a word without a field is looked for. */
export const bareFields: readonly Field[] = [
  'subject',
  'tool',
  'server',
  'target',
  'action',
  'code',
  'policy',
  'approval',
  'lease',
  'secret',
  'label',
  'task',
  'session',
  'call',
  'trace',
];

export const sinceWords = ['since', 'after'] as const;
export const beforeWords = ['before', 'until'] as const;

export function isField(word: string): word is Field {
  return Object.hasOwn(fields, word);
}
