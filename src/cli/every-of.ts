import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type CommandInput, textFlag } from './command.ts';
import { objects } from './output.ts';

/** Of one page: as much as the API gives. */
export const mostListed = 1_000;
/** Of a page behind a cursor, where nobody says how many. */
const usualPage = 100;
const mostInAll = 100_000;

/**
 * A list of the API with all its pages, as if it had been one answer. INVARIANT: it is whole or it is refused: what is
 * compared, adopted or removed by it must not go by half of what there is.
 */
export async function everyOf(
  request: CommandInput['request'],
  path: string,
  list: string,
): Promise<JsonObject> {
  const all: JsonObject[] = [];
  let answer = await request('GET', pagePath(path));
  for (;;) {
    for (const one of objects(answer[list])) all.push(one);
    const { next, ...rest } = answer;
    if (typeof next !== 'string') return { ...rest, [list]: all };
    if (all.length >= mostInAll) throw tooMany(list);
    answer = await request('GET', pagePath(path, next));
  }
}

function pagePath(path: string, cursor?: string, limit = `${mostListed}`): string {
  const [place = '', given = ''] = path.split('?');
  const query = new URLSearchParams(given);
  query.set('limit', limit);
  if (cursor !== undefined) query.set('cursor', cursor);
  return `${place}?${query.toString()}`;
}

function tooMany(list: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `there are more than ${mostInAll} ${list}`,
    suggestedAction:
      'ask for fewer: by name, agent or state, or page by page with `--limit` and `--cursor`',
  });
}

/** Of what is told newest first and never ends: a page, and a word to whoever reads it where there is more. */
export async function newestOf(
  input: Pick<CommandInput, 'request' | 'note'>,
  path: string,
  list: string,
): Promise<JsonObject> {
  const answer = await input.request('GET', path);
  const { next } = answer;
  if (typeof next !== 'string') return answer;
  const shown = objects(answer[list]).length;
  input.note(
    `only the newest ${shown} are shown: there are older ones, with \`--cursor ${next}\`\n`,
  );
  return answer;
}

/**
 * A list, as every list of the command line is asked for: whole, or the one page that `--limit` and `--cursor` name.
 * INVARIANT: a page is never shown as if it were all: the answer says `next`, and so is whoever reads told.
 */
export async function listed(
  input: Pick<CommandInput, 'request' | 'note' | 'flags'>,
  path: string,
  list: string,
): Promise<JsonObject> {
  const page = pageAsked(input, path);
  if (page === undefined) return everyOf(input.request, path, list);
  const answer = await input.request('GET', page);
  const { next } = answer;
  if (typeof next === 'string') input.note(`there are more: go on with \`--cursor ${next}\`\n`);
  return answer;
}

/** What is open, whole; with `--all` the newest, open or over; a page of either by `--limit` and `--cursor`. */
export function openOrNewest(input: CommandInput, path: string, list: string): Promise<JsonObject> {
  const page = pageAsked(input, path);
  if (page !== undefined) return newestOf(input, page, list);
  if (input.flags['all'] !== true) return everyOf(input.request, path, list);
  return newestOf(input, pagePath(path), list);
}

/** Of what has no end: the newest, or with `--all` the whole of it, while that has an end. */
export function newestOrAll(input: CommandInput, path: string, list: string): Promise<JsonObject> {
  if (input.flags['all'] === true) return listed(input, path, list);
  return newestOf(input, pageAsked(input, path) ?? pagePath(path), list);
}

function pageAsked({ flags }: Pick<CommandInput, 'flags'>, path: string): string | undefined {
  const limit = textFlag({ flags }, 'limit');
  const cursor = textFlag({ flags }, 'cursor');
  if (limit === undefined && cursor === undefined) return undefined;
  return pagePath(path, cursor, limit ?? `${usualPage}`);
}
