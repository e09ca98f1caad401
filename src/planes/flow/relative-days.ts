import { bareDaysIn, datesIn } from './quantities.ts';
import { wordsIn } from './text-forms.ts';

const dayMs = 86_400_000;
const weekdays: readonly (readonly string[])[] = [
  'sunday sun sonntag dimanche domingo domenica zondag',
  'monday mon montag lundi lunes lunedì maandag segunda',
  'tuesday tue tues dienstag mardi martes martedì dinsdag terça',
  'wednesday wed mittwoch mercredi miércoles mercoledì woensdag quarta',
  'thursday thu thurs donnerstag jeudi jueves giovedì donderdag quinta',
  'friday fri freitag vendredi viernes venerdì vrijdag sexta',
  'saturday sat samstag sonnabend samedi sábado sabato zaterdag',
].map((names) => names.split(' '));
const shifts = new Map([
  ['tomorrow', 1],
  ['morgen', 1],
  ['demain', 1],
  ['mañana', 1],
  ['domani', 1],
  ['amanhã', 1],
  ['overmorrow', 2],
  ['übermorgen', 2],
  ['today', 0],
  ['heute', 0],
  ['vandaag', 0],
  ['hoy', 0],
  ['oggi', 0],
  ['hoje', 0],
]);
const todays =
  /(?<![\p{L}\p{N}])(?:today|heute|vandaag|hoy|oggi|hoje|aujourd['’]hui)(?![\p{L}\p{N}])/u;

/**
 * Whether a day is meant by words such as `tomorrow` and `next friday`: of who says which day is today, or who says the day of the month beside
 * its weekday (`sat 19`). INVARIANT: no clock is asked; what the words do not anchor is not known.
 */
export function isMeantDay(text: string, day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`);
  if (!Number.isFinite(at)) return false;
  if (isByWeekday(text, new Date(at)) || isOfSaidMonth(text, day)) return true;
  const today = todayOf(text, day.slice(0, 4));
  if (today === undefined) return false;
  const away = Math.round((at - today) / dayMs);
  const rest = text.replace(todays, ' ');
  for (const word of wordsIn(rest)) {
    if (shifts.get(word) === away) return true;
    const weekday = weekdays.findIndex((names) => names.includes(word));
    if (weekday >= 0 && away > 0 && away <= 7 && new Date(at).getUTCDay() === weekday) return true;
  }
  for (const [, count = '', unit = ''] of rest.matchAll(/(?:in|within) (\d{1,3}) (day|week)s?/gu)) {
    if (Number(count) * (unit === 'week' ? 7 : 1) === away) return true;
  }
  return false;
}

/** The day of which a sentence says that it is today. */
function todayOf(text: string, year: string): number | undefined {
  for (const sentence of text.split(/\n|[.;!?](?=\s|$)/u)) {
    if (!todays.test(sentence)) continue;
    const [whole] = datesIn(sentence);
    const [bare] = bareDaysIn(sentence);
    const day = whole ?? (bare === undefined ? undefined : `${year}-${bare}`);
    if (day !== undefined) return Date.parse(`${day}T00:00:00Z`);
  }
  return undefined;
}

/** `2 december at nine, and on the 4th`. */
function isOfSaidMonth(text: string, day: string): boolean {
  const said = new RegExp(
    String.raw`(?<![\p{L}\p{N}])the ${Number(day.slice(8))}(?:st|nd|rd|th)(?![\p{L}\p{N}])`,
    'u',
  );
  const months = [...datesIn(text), ...bareDaysIn(text)].map((one) => one.slice(-5, -3));
  return new Set(months).size === 1 && months[0] === day.slice(5, 7) && said.test(text);
}

function isByWeekday(text: string, day: Date): boolean {
  const names = weekdays[day.getUTCDay()] ?? [];
  const pattern = new RegExp(
    String.raw`(?<![\p{L}\p{N}])(?:${names.join('|')})[,.]?\s+(?:the |den |dem |le |el |il |de )?${day.getUTCDate()}(?:st|nd|rd|th|\.)?(?![\p{N}:h])`,
    'u',
  );
  return pattern.test(text);
}
