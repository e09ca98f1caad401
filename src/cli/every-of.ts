import { BailiwickError } from '#kernel/errors.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { type CommandInput, textFlag } from './command.ts';
import { objects } from './output.ts';

/** Of one page: as much as the API gives. */
export const mostListed = 1_000;
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

function pagePath(path: string, cursor?: string): string {
  const [place = '', given = ''] = path.split('?');
  const query = new URLSearchParams(given);
  query.set('limit', `${mostListed}`);
  if (cursor !== undefined) query.set('cursor', cursor);
  return `${place}?${query.toString()}`;
}

function tooMany(list: string): BailiwickError {
  return new BailiwickError('cli/usage', {
    message: `there are more than ${mostInAll} ${list}`,
    suggestedAction: 'ask for fewer: by name, agent or state, or page by page by the API',
  });
}

/** Of what is told newest first and never ends: a page, and a word to whoever reads it where there is more. */
export async function newestOf(
  input: Pick<CommandInput, 'request' | 'note'>,
  path: string,
  list: string,
): Promise<JsonObject> {
  const answer = await input.request('GET', path);
  if (typeof answer['next'] !== 'string') return answer;
  input.note(`only the newest ${objects(answer[list]).length} are shown: there are older ones\n`);
  return answer;
}

/** What is open, whole; with `--all`, or so many as `--limit` says, the newest. */
export function openOrNewest(input: CommandInput, path: string, list: string): Promise<JsonObject> {
  const limit = textFlag(input, 'limit');
  if (limit === undefined && input.flags['all'] !== true) return everyOf(input.request, path, list);
  const wanted = limit === undefined ? `limit=${mostListed}` : `limit=${encodeURIComponent(limit)}`;
  return newestOf(input, `${path}${path.includes('?') ? '&' : '?'}${wanted}`, list);
}
