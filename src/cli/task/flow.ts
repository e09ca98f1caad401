import type { JsonObject } from '#kernel/json/value.ts';
import type { Command } from '../command.ts';
import { cell, objects } from '../output.ts';
import { taskId } from './commands.ts';

export const taskFlow: Command = {
  name: 'task flow',
  summary: 'Draws where the values of a task came from, where they went, and what was decided.',
  words: 'ID',
  flags: {},
  examples: ['bailiwick task flow 0199c0de-…', 'bailiwick task flow 0199c0de -o json'],
  async run(input) {
    const id = await taskId(taskFlow, input, 'all');
    const answer = await input.request('GET', `/v1/tasks/${id}/flow`);
    input.out.print(answer, () => drawn(answer));
  },
};

function drawn(answer: JsonObject): string {
  const steps = objects(answer['steps']);
  const sources = objects(answer['sources']);
  const words =
    answer['intent'] === null && objects(answer['words']).length === 0
      ? 'what the user wants is not known: the labels of the task decide'
      : 'the words of the user are sealed beside its record';
  return [
    `task ${cell(answer['task'])} of ${cell(answer['agent'])}`,
    words,
    ...objects(answer['words']).map(wordsLine),
    '',
    'what strangers wrote came by',
    ...(sources.length === 0 ? ['  nothing'] : sources.map(sourceLine)),
    '',
    'what was done after it',
    ...(steps.length === 0 ? ['  nothing that declares flow'] : steps.flatMap(stepLines)),
    ...(answer['cut'] === true
      ? ['', 'there is more on record than is drawn here: `bailiwick audit timeline` has all of it']
      : []),
  ].join('\n');
}

function wordsLine({ at, way, speaker, record, ignored }: JsonObject): string {
  const how = ignored === null ? '' : `, only its noes count: ${cell(ignored)}`;
  return `  ${cell(at)}  said by ${cell(way)}, ${cell(speaker)} (record ${cell(record)})${how}`;
}

function sourceLine({ at, target, call }: JsonObject): string {
  return `  ${cell(at)}  ${cell(target)}  (call ${cell(call)})`;
}

function stepLines(step: JsonObject): readonly string[] {
  const { at, target, verdict, said, outcome, approval } = step;
  const by = approval === null || approval === undefined ? '' : ` (approval ${cell(approval)})`;
  return [
    `  ${cell(at)}  ${cell(target)}  ${cell(verdict)}: ${cell(outcome)}${by}`,
    ...objects(step['values']).map((one) => `    ${valueLine(one)}`),
    `    = ${cell(said, 600)}`,
  ];
}

/** From where, into which argument; an arrow that is broken was not let through by itself. */
function valueLine(one: JsonObject): string {
  const { argument, kind, standing, why, from, at, form, approval, words } = one;
  const sink = argument === null ? 'the call itself' : `${cell(argument)} (${cell(kind)})`;
  if (standing === 'proved') {
    const by = typeof words === 'string' ? `, by words of ${cell(words)}` : '';
    return `the user${by} ──▶ ${sink}`;
  }
  if (standing === 'answered') return `a yes before, approval ${cell(approval)} ──▶ ${sink}`;
  if (argument === null) return `${sink}: ${cell(why)}`;
  const place = at === null ? '' : ` at ${cell(at)}`;
  const source = from === null ? 'nowhere known' : `${cell(from)}${place}`;
  const how = form === null ? '' : `, ${cell(form)}`;
  return `${source}${how} ──╳ ${sink}: ${cell(why)}`;
}
