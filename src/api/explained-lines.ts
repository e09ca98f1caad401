import type { Explained } from '#dry-run/index.ts';

/** For people, line by line: a word that says what the line is of, and a sentence. */
export function explainedLines(told: Explained): readonly string[] {
  const { summary, who, what, where, gates, rules, labels, approvals, ended, wayOut } = told;
  return [
    summary,
    '',
    ...section('who', who),
    ...section('what', what),
    ...section('where', where),
    '',
    ...gates.map(({ gate, answer, sentence }) => line(gate, `${answers[answer]}: ${sentence}`)),
    '',
    ...section(
      'rules',
      rules.map(({ sentence }) => sentence),
    ),
    ...section(
      'labels',
      labels.map(({ sentence }) => sentence),
    ),
    ...section(
      'asked',
      approvals.map(({ sentence }) => sentence),
    ),
    ...section('ended', [ended]),
    ...section('way out', wayOut),
    ...section('told by', [footings[told.footing]]),
    ...nearestLines(told),
  ];
}

const answers: Readonly<Record<Explained['gates'][number]['answer'], string>> = {
  passed: 'yes',
  refused: 'NO',
  asked: 'ASKS',
  'let-through': 'no, and let through',
  'not-reached': '-',
  unknown: '?',
};

const footings: Readonly<Record<Explained['footing'], string>> = {
  same: 'the configuration that decided is in force',
  'same-policies': 'the policies that decided are in force; other documents may have changed since',
  'put-back': 'the policies of that time, put together from the kept versions of their documents',
  moved:
    'what is in force NOW: the policies that decided are not kept as they were, or other tools were approved then',
};

function nearestLines({ nearest, notAgain }: Explained): readonly string[] {
  if (nearest === undefined) {
    return notAgain === undefined
      ? []
      : section('nearest', [`nothing was decided again: ${notAgain}`]);
  }
  const assumed =
    nearest.arguments === 'given'
      ? 'with the arguments that were given here'
      : 'with the least arguments that there can be, since its own are not opened for this';
  const again = nearest.agrees
    ? `decided again ${assumed}, it is answered as it was: ${nearest.again}`
    : `decided again ${assumed}, it is answered otherwise than on record: ${nearest.again}; what follows is of that answer`;
  const sets = nearest.sets.map(
    (set, at) => `${at + 1}. ${set.map(({ sentence }) => sentence).join(', AND ')}`,
  );
  const none =
    nearest.again === 'allowed'
      ? 'it would go through'
      : 'no small change that is known lets it through';
  const more = nearest.isWhole ? [] : [`there was more to try than ${nearest.tried}`];
  return section('nearest', [again, ...(sets.length === 0 ? [none] : sets), ...more]);
}

function section(name: string, sentences: readonly string[]): readonly string[] {
  return sentences.map((sentence, at) => line(at === 0 ? name : '', sentence));
}

function line(name: string, sentence: string): string {
  return `${name.padEnd(12)} ${sentence}`;
}
