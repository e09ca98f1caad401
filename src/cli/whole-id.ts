import { BailiwickError } from '#kernel/errors.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { type Command, type CommandInput, usage, word } from './command.ts';
import { everyOf } from './every-of.ts';
import { objects, textOf } from './output.ts';

export interface Listed {
  /** Lists those that can be meant. */
  readonly path: string;
  /** Where they stand in the answer, and how one of them is called by us. */
  readonly list: string;
  readonly what: string;
  readonly idOf: (one: JsonObject) => Json | undefined;
  /** Which of them are listed, in words behind that. */
  readonly among?: string;
  /** The list never ends: only its newest are looked through. */
  readonly isEndless?: true;
  /** The word of the command. */
  readonly word: string;
}

/** The beginning of an id is enough where it is one's alone. INVARIANT: what could be two is neither. */
export async function wholeId(
  command: Command,
  input: CommandInput,
  listed: Listed,
): Promise<string> {
  const given = word(command, input, 0, listed.word)
    .replace(/\u2026$/, '')
    .toLowerCase();
  if (!/^[0-9a-f][0-9a-f-]{3,34}$/.test(given)) return encodeURIComponent(given);
  const answer =
    listed.isEndless === true
      ? await input.request('GET', listed.path)
      : await everyOf(input.request, listed.path, listed.list);
  const all = objects(answer[listed.list]).map((one) => textOf(listed.idOf(one)));
  const [id, another, ...more] = [...new Set(all.filter((one) => one.startsWith(given)))];
  if (id === undefined) {
    throw new BailiwickError('api/not-found', {
      message: `no ${listed.what}${listed.among ?? ''} begins with ${given}`,
      suggestedAction: `give the whole ${listed.word}; \`-o json\` prints it`,
    });
  }
  if (another === undefined) return encodeURIComponent(id);
  const some = [id, another, ...more].slice(0, 5).join(', ');
  throw usage(command, `${more.length + 2} ${listed.what}s begin with ${given}: ${some}`);
}
