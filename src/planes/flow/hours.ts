import type { Asked } from './asked.ts';
import { bareDaysIn } from './quantities.ts';
import { skeleton, wordsIn } from './text-forms.ts';
import { isMeantDay } from './relative-days.ts';
import type { SinkValue } from './values.ts';
import { says, type Said } from './words.ts';

/** A day that the words say without its year, where nobody wrote it with another one; or that they count from another. */
export function isBareDay({ words, index }: Asked, { keys }: SinkValue): boolean {
  const { text } = words.wanted;
  const said = new Set(bareDaysIn(text));
  return keys.some((key) => {
    const [, year = '', day = ''] = /^date (\d{4})-(\d\d-\d\d)$/.exec(key) ?? [];
    if (day !== '' && isMeantDay(text, `${year}-${day}`)) return true;
    if (!said.has(day)) return false;
    const others = [-3, -2, -1, 1, 2, 3].map((away) => `date ${Number(year) + away}-${day}`);
    return others.every((other) => index.placesOf(other).length === 0);
  });
}

const noon = [
  'noon',
  'midday',
  'mittag',
  'mittags',
  'midi',
  'mediodía',
  'mezzogiorno',
  'middag',
  'meio-dia',
];

/** Ways in which people write a time of the day. */
function formsOf(hour: string): {
  readonly one: readonly string[];
  readonly two: readonly string[];
} {
  const [hours = 0, minutes = 0] = hour.split(':').map(Number);
  const mm = String(minutes).padStart(2, '0');
  const small = hours % 12 === 0 ? 12 : hours % 12;
  const half = hours < 12 ? 'am' : 'pm';
  const full = [
    `${hours}:${mm}`,
    hour,
    `${hours}.${mm}`,
    `${hours}h${mm}`,
    `${small}:${mm}${half}`,
    `${small}.${mm}${half}`,
  ];
  if (minutes !== 0) return { one: full, two: [`${small}:${mm} ${half}`] };
  const whole = [`${hours}h`, `${small}${half}`, ...(hours === 12 ? noon : [])];
  return {
    one: [...full, ...whole],
    two: [
      `${small} ${half}`,
      `${small} o'clock`,
      `${hours} uhr`,
      `${hours} heures`,
      `at ${small}`,
      `um ${hours}`,
    ],
  };
}

/** INVARIANT: the hour of a day is a stranger's where one wrote it and the words do not say it, whatever they say of the day. */
export function isHourOfStranger({ words, index }: Asked, { hour }: SinkValue): boolean {
  if (hour === undefined) return false;
  const { one, two } = formsOf(hour);
  if (isSaid(words.wanted, [...one, ...two])) return false;
  const isWritten = (word: string): boolean => index.strangeOf(skeleton(word)) !== undefined;
  return one.some(isWritten) || two.slice(0, 4).some((form) => [...wordsIn(form)].every(isWritten));
}

function isSaid(wanted: Said, forms: readonly string[]): boolean {
  return forms.some((form) => says(wanted, form));
}
