import type { Json, JsonObject } from '#kernel/json/value.ts';
import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import { parseTarget } from '#kernel/target.ts';
import { type Command, type CommandInput, requiredFlag, textFlag } from '../command.ts';
import { changes } from './changes.ts';
import { besideText } from './beside.ts';
import { cell, facts, fitsOnePage, objects, pages, table, textOf } from '../output.ts';
import { wholeId } from '../whole-id.ts';
import { openOrNewest } from '../every-of.ts';

export const approvalList: Command = {
  name: 'approval list',
  summary: 'Lists calls that wait for a human, or with --all those that were decided too.',
  words: '',
  paged: true,
  flags: {
    all: { type: 'boolean', help: 'every state' },
    agent: { type: 'string', value: 'NAME', help: 'of this agent only' },
  },
  examples: ['bailiwick approval list', 'bailiwick approval list --all -o json'],
  watch: true,
  async run(input) {
    const query = new URLSearchParams();
    if (input.flags['all'] !== true) query.set('state', 'pending');
    const agent = textFlag(input, 'agent');
    if (agent !== undefined) query.set('agent', agent);
    const answer = await openOrNewest(input, `/v1/approvals?${query.toString()}`, 'approvals');
    input.out.print(answer, () =>
      table(
        ['ID', 'STATE', 'AGENT', 'FOR', 'TARGET', 'EFFECT', 'ARGUMENTS', 'EXPIRES'],
        objects(answer['approvals']).map((one) => [
          cell(one['id']),
          cell(one['state']),
          cell(one['agent']),
          forWhom(one),
          cell(one['target']),
          cell(one['effect']),
          one['arguments'] === null ? `(${names(one['fields'])})` : cell(one['arguments'], 60),
          cell(one['expiresAt']),
        ]),
      ),
    );
  },
};

export const approvalShow: Command = {
  name: 'approval show',
  summary: 'Shows one call that waits: the effect first, then the exact arguments.',
  words: 'ID',
  flags: {},
  examples: ['bailiwick approval show 0199c0de-…', 'bailiwick approval show 0199c0de-1a'],
  async run(input) {
    const id = await approvalId(approvalShow, input, '');
    const answer = await input.request('GET', `/v1/approvals/${id}`);
    const beside = await input.request('GET', `/v1/approvals/${id}/beside`);
    const whole = { ...answer, beside };
    input.out.print(whole, () => `${describe(answer)}\n${besideText(beside)}`);
  },
};

function names(fields: Json | undefined): string {
  const all = Array.isArray(fields) ? (fields as readonly Json[]) : [];
  return all.map((one) => cell(one, 40)).join(', ');
}

/** They are for whoever decides, while it waits. */
function notShown({ fields, argumentsDigest, call }: JsonObject): string {
  const record = `\`bailiwick audit query call:${cell(call)}\` names its record`;
  return `not shown: ${names(fields)} (digest ${cell(argumentsDigest)}); ${record}, and \`bailiwick audit reveal\` opens that (role privacy, on record)`;
}

/** The name here, and what the provider calls them; nothing where it acts for nobody. */
function forWhom({ user, person }: JsonObject): string {
  const both = person !== null && person !== undefined && person !== user;
  return both ? `${cell(person)} (${cell(user)})` : cell(user);
}

/** A tool is told without its kind. */
function kindOf(label: string): string {
  return parseTarget(label)?.kind ?? 'tool';
}

/** INVARIANT: whoever decides can see every character that will be sent; padding hides nothing. */
function describe(one: JsonObject): string {
  const effect = `${cell(one['effect'])}${one['reversible'] === true ? ', reversible' : ', cannot be undone'}`;
  const isShown = one['arguments'] !== null;
  const sent = isShown ? textOf(one['arguments']) : notShown(one);
  const short = !isShown || fitsOnePage(sent);
  const told = facts([
    ['effect', effect],
    [kindOf(textOf(one['target'])), one['target']],
    ['arguments', short ? sent : `${sent.length} characters: each member here, all of it below`],
    ...(short ? [] : outline(sent)),
    ...(isShown ? [unverified] : []),
    ['why asked', one['why']],
    ...changes(one['before']),
    ...doubted(one['values']),
    ...proved(one['proved']),
    ...(one['yesFor'] === 'value' ? [yesHolds] : []),
    ['carries', one['labels']],
    ['agent', one['agent']],
    ['for', forWhom(one)],
    ['task', one['task']],
    ['of', one['taskWhy']],
    ['intent', one['intent']],
    ['instance', one['instance']],
    ['state', one['state']],
    ...yeses(one),
    ['asked', one['requestedAt']],
    ['expires', one['expiresAt']],
    ['decided by', one['decidedBy']],
    ['reason', one['reason']],
    ['use', one['use']],
    ['binds', one['callDigest']],
    ['shown', one['shown']],
  ]);
  return short ? told : `${told}\n\nthe arguments, exactly as they will be sent:\n${pages(sent)}`;
}

const unverified: [string, string] = [
  'unverified',
  'the arguments are the agent’s own words: what they claim nobody has verified',
];

/** How many have to say yes, who has, and why whoever looks may not. */
function yeses({ quorum, agreed, askedBy, notYours }: JsonObject): [string, string][] {
  const said = objects(agreed).map((yes): [string, string] => [
    'said yes',
    `${cell(yes['by'])}: ${cell(yes['reason'], 200)}`,
  ]);
  const rules = Array.isArray(askedBy) && askedBy.length > 0 ? ` (${cell(askedBy)})` : '';
  const needs: [string, string][] = quorum === 1 ? [] : [['people', `${cell(quorum)}${rules}`]];
  const not: [string, string][] =
    typeof notYours === 'string' ? [['not yours', whyNotYours[notYours] ?? notYours]] : [];
  return [...needs, ...said, ...not];
}

const whyNotYours: Readonly<Record<string, string>> = {
  requester: 'you began its task; somebody else says yes',
  user: 'the agent acts for you; somebody else says yes',
  owner: 'you own the agent; somebody else says yes',
  newer: 'you were added after it was asked; somebody else says yes, or the agent asks anew',
  role: 'it asks for a role that you do not have',
  people: 'a document names who may say yes, and not you',
  agreed: 'you said yes; somebody else has to as well',
};

const yesHolds: [string, string] = [
  'a yes is for',
  'this call, and these unproved values in the same arguments of this task for 15 minutes',
];

function proved(values: Json | undefined): [string, string][] {
  if (!Array.isArray(values)) return [];
  return (values as readonly Json[]).filter(isJsonObject).map((one): [string, string] => {
    const value = cell(one['value'] ?? '(not shown)', 200);
    return ['proved', `${cell(one['argument'], 60)} = ${value}`];
  });
}

/** Values that nobody has proved, each with where it first stood. */
function doubted(values: Json | undefined): [string, string][] {
  if (!Array.isArray(values)) return [];
  return (values as readonly Json[]).filter(isJsonObject).flatMap((one): [string, string][] => {
    if (one['argument'] === null) return [];
    const from = one['from'] === null ? 'from nowhere known' : `first in ${cell(one['from'])}`;
    const at = one['at'] === null ? '' : ` at ${cell(one['at'])}`;
    const value = cell(one['value'] ?? '(erased)', 200);
    return [['unproved', `${cell(one['argument'], 60)} = ${value}: ${from}${at}${beside(one)}`]];
  });
}

function beside({ othersBeside: others, looksLikeOneNamed }: JsonObject): string {
  const more = typeof others === 'number' && others > 0 ? `, with ${others} more of its kind` : '';
  return `${more}${looksLikeOneNamed === true ? '; it LOOKS LIKE one that the user named' : ''}`;
}

/** The short members stand out however long another is. */
function outline(sent: string): [string, string][] {
  const value = parseJson(Buffer.from(sent));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).map(([name, member]) => {
    const text = typeof member === 'string' ? member : canonicalText(member);
    const length = text.length > 200 ? ` (${text.length} characters)` : '';
    return [`  ${cell(name, 40)}`, `${cell(text, 200)}${length}`];
  });
}

function approvalId(command: Command, input: CommandInput, filter: string): Promise<string> {
  return wholeId(command, input, {
    path: `/v1/approvals${filter}`,
    list: 'approvals',
    what: 'approval',
    among: filter === '' ? '' : ' that waits',
    idOf: ({ id }) => id,
    word: 'ID',
  });
}

const reasonFlag = {
  type: 'string',
  value: 'TEXT',
  help: 'why; it goes on record (required)',
} as const;

export const approvalApprove: Command = {
  name: 'approval approve',
  summary: 'Says yes to exactly this call, once, and to nothing else than what was shown of it.',
  words: 'ID',
  flags: {
    reason: reasonFlag,
    shown: {
      type: 'string',
      value: 'DIGEST',
      help: 'as `approval show` told it; without it the call is shown here, beside the answer, and that is meant',
    },
  },
  examples: ['bailiwick approval approve 0199c0de-… --reason "checked with the customer"'],
  async run(input) {
    const id = await approvalId(approvalApprove, input, '?state=pending');
    const reason = requiredFlag(approvalApprove, input, 'reason');
    const shown = textFlag(input, 'shown') ?? (await shownNow(input, id));
    await decided(input, id, { verdict: 'approve', shown, reason });
  },
};

export const approvalReject: Command = {
  name: 'approval reject',
  summary: 'Says no to this call.',
  words: 'ID',
  flags: { reason: reasonFlag },
  examples: ['bailiwick approval reject 0199c0de-… --reason "the customer did not ask for it"'],
  async run(input) {
    const id = await approvalId(approvalReject, input, '?state=pending');
    const reason = requiredFlag(approvalReject, input, 'reason');
    await decided(input, id, { verdict: 'reject', reason });
  },
};

/** INVARIANT: whoever says yes has it before their eyes, also where they looked at it elsewhere. */
async function shownNow(input: CommandInput, id: string): Promise<string> {
  const one = await input.request('GET', `/v1/approvals/${id}`);
  input.note(`${describe(one)}\n\n`);
  return textOf(one['shown']);
}

async function decided(input: CommandInput, id: string, said: JsonObject): Promise<void> {
  const answer = await input.request('POST', `/v1/approvals/${id}/decide`, said);
  const { id: of, state, quorum, agreed } = answer;
  const more = state === 'pending' ? `: ${objects(agreed).length} of ${cell(quorum)} said yes` : '';
  input.out.print(answer, () => `approval ${cell(of)} is ${cell(state)}${more}`);
}
