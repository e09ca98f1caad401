import type { FlowFacts, FlowReason } from '#kernel/decision.ts';
import type { Label } from '#kernel/label.ts';
import type { SinkKind } from '#kernel/tool.ts';
import { scopeSentence } from './scope-sentence.ts';
import { bulkSentence } from './bulk-sentence.ts';
import { visibleText } from '#kernel/text/index.ts';

/**
 * Where the values of a call came from, in one sentence for people. INVARIANT: it names places and never values:
 * it stands in records in plain, and a value is somebody's.
 */
export function flowSentence(facts: FlowFacts): string {
  const [values, leaks] = [valuesSentence(facts), leakSentence(facts.leaks)];
  const much = facts.bulk === undefined ? '' : bulkSentence(facts.bulk);
  const outside = facts.scope === undefined ? '' : scopeSentence(facts.scope);
  return [outside, much, leaks, values].filter((said) => said !== '').join('; ');
}

function valuesSentence({ verdict, intent, reasons, answered = [] }: FlowFacts): string {
  const [worst] = reasons;
  const yes = answeredWith(answered);
  if (worst === undefined) {
    if (yes !== '') return yes;
    return intent ? 'every value in it stands in the words of the user, or where they point' : '';
  }
  if (worst.why === 'no-words') {
    return 'what the user wants is not known, so the labels of the task decide';
  }
  const more = reasons.length - 1;
  const others = more === 0 ? '' : ` (and ${more} more ${more === 1 ? 'doubt' : 'doubts'})`;
  const said = `${saidOf(worst)}${others}${verdict === 'no' ? ', so it may not be' : ''}`;
  return yes === '' ? said : `${said}; ${yes}`;
}

/** What would be told that may not be, the worst first. */
function leakSentence(leaks: FlowFacts['leaks'] = []): string {
  const [first] = [...leaks].sort((a, b) => rankOf(a.label) - rankOf(b.label));
  if (first === undefined) return '';
  const { label, argument, origin, form = 'verbatim' } = first;
  const where = argument === undefined ? 'it' : `\`${plain(argument)}\``;
  const others = leaks.length === 1 ? '' : ` (and ${leaks.length - 1} more)`;
  if (origin === undefined) {
    return `the task carries ${plainLabel(label)}${others}, and it is not known whether this tells it to whom it may not be told`;
  }
  const from = `\`${plain(origin.target)}\` at \`${plain(origin.path)}\` (call ${origin.call})`;
  return `${where} tells${forms[form]} what came from ${from} and is ${plainLabel(label)}${others}, and its target is not cleared for that`;
}

function plainLabel(label: Label): string {
  return label.startsWith('confidentiality:')
    ? label.slice('confidentiality:'.length)
    : `of ${plain(label.replace(':', ' '))}`;
}

function rankOf(label: Label): number {
  if (label === 'confidentiality:secret') return 0;
  return label.startsWith('confidentiality:') ? 2 : 1;
}

function answeredWith(answered: NonNullable<FlowFacts['answered']>): string {
  const [first] = answered;
  if (first === undefined) return '';
  const names = [...new Set(answered.map(({ argument }) => `\`${plain(argument)}\``))];
  return `a yes was given before to the value in ${names.join(', ')} (approval ${first.approval})`;
}

function saidOf(reason: FlowReason): string {
  const value = valueOf(reason);
  switch (reason.why) {
    case 'stranger':
      return `${value} ${cameFrom(reason)}; the user did not name it${lookAlike(reason)}`;
    case 'several':
      return `${value} is one of several that stood where the user pointed${beside(reason)}: ${cameFrom(reason)}`;
    case 'unproved':
      return `${value} stands neither in the words of the user nor in any result${lookAlike(reason)}`;
    case 'unwanted':
      return reason.argument === undefined
        ? 'the user said that this is not to be done'
        : `the user said no to ${value}`;
    case 'not-asked':
      return 'the user asked for no such deed';
    case 'again':
      return 'the very same was done in this task before';
    case 'too-much':
      return 'it carries more than is looked into';
    case 'no-words':
      return 'what the user wants is not known';
  }
}

const kinds: Readonly<Record<SinkKind, string>> = {
  recipient: 'recipient',
  account: 'account',
  url: 'link',
  path: 'path',
  objectId: 'id',
  amount: 'amount',
  date: 'date',
  flag: 'setting',
  payload: 'text',
};

function valueOf({ kind, argument }: FlowReason): string {
  return `the ${kind === undefined ? 'value' : kinds[kind]} in \`${plain(argument ?? '')}\``;
}

const forms = { verbatim: '', encoded: ', encoded,', pieces: ', in pieces,' } as const;

function cameFrom({ origin, form = 'verbatim' }: FlowReason): string {
  if (origin === undefined) return 'came from nowhere that is known';
  const { target, path, call } = origin;
  return `first appeared${forms[form]} in \`${plain(target)}\` at \`${plain(path)}\` (call ${call})`;
}

function lookAlike(reason: FlowReason): string {
  return reason.lookAlike ? ', though it looks like something that they named' : '';
}

function beside({ beside: others }: FlowReason): string {
  return others === 0 ? '' : ` (${others} ${others === 1 ? 'other' : 'others'} of its kind)`;
}

/** Servers and agents write names: none may end the quotes that it stands in. */
function plain(name: string): string {
  return visibleText(name, { maxLength: 200 }).replaceAll('`', '\\u{60}');
}
