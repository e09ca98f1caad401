import { type Control, controls } from './controls.ts';
import { isAsked, type Lived } from './meet.ts';
import type { Framework } from './framework.ts';

/** What holds with every framework, and what each of them makes of it, for people. */
export function frameworksPage(frameworks: readonly Framework[], lived: readonly Lived[]): string {
  const cell = (control: Control, framework: Framework): string => {
    const one = lived.find(
      (each) => each.control === control.key && each.framework === framework.name,
    );
    return one === undefined ? 'not tried' : word(control, framework, one);
  };
  return `${[
    '# Controls and agent frameworks',
    '',
    '<!-- Made by `./bailiwick soak`; do not edit. -->',
    '',
    ...lead,
    '',
    line(['An agent meets', 'the tool server gets', 'on record']),
    line(['---', '---', '---']),
    ...controls.map((one) => line([one.name, gets(one), one.records.map(code).join(', ')])),
    '',
    ...between,
    '',
    line(['An agent meets', ...frameworks.map(({ name }) => name)]),
    line(['---', ...frameworks.map(() => '---')]),
    ...controls.map((one) => line([one.name, ...frameworks.map((each) => cell(one, each))])),
    '',
    ...after,
  ].join('\n')}\n`;
}

const lead = [
  'One script plays a model behind the gateway (`test/frameworks`). Each framework drives it, unmodified: its tools come',
  'from `/mcp`, its model from `/llm/v1`, and it knows two addresses and one bearer. Whatever drives the model, the',
  'same holds:',
];

const between = [
  'What differs is what each makes of a refusal. A bearer that is stopped is refused its model as well, so that every',
  'agent ends there.',
];

const after = [
  'A framework that refuses an unlisted tool by itself never asks the gateway, and nothing is on record of it. One that',
  'lists its tools anew before each answer of its model can be over its rate at the list, and ends there.',
];

const code = (text: string): string => `\`${text}\``;
const line = (words: readonly string[]): string => `| ${words.join(' | ')} |`;

function gets({ reaches }: Control): string {
  if (typeof reaches === 'number') return 'what the rate lets through';
  return reaches.length === 0 ? 'nothing' : reaches.join(', ');
}

function word(control: Control, framework: Framework, { read, ended }: Lived): string {
  if (control.endsAsItMay === true) return 'what is over it is refused';
  const refusal = control.code;
  const isRead = refusal !== undefined && read.some((text) => text.includes(refusal));
  if (ended.as === 'fault') return `the agent ends: ${code(ended.text.split(':')[0] ?? '')}`;
  if (refusal === undefined) return 'the model reads the answer';
  if (isRead) return 'the model reads the refusal and goes on';
  return isAsked(control, framework) ? 'the model reads no refusal' : 'refused by the framework';
}
