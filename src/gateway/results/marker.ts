import type { Json, JsonObject } from '#kernel/json/index.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { isoTime } from '#kernel/time.ts';
import { ownPrefix } from '../own-keys.ts';
import { nextPageName } from './next-page-tool.ts';

export const truncatedKey = `${ownPrefix}truncated`;

export interface Marked {
  readonly page: number;
  readonly pages: number;
  /** It would have more pages than that: nobody counted them. */
  readonly isMore?: boolean | undefined;
  /** Canonical bytes of the pages behind this one; of what is not told, where nothing is kept. */
  readonly heldBytes: number;
  /** Missing when nothing comes behind it, or nothing could be kept. */
  readonly cursor?: string | undefined;
  readonly until?: number | undefined;
  /** So much was read of an answer that went on. */
  readonly cutOffAfter?: number | undefined;
  /** Its structured content could not be cut so that it still fits its schema. */
  readonly unstructured?: boolean | undefined;
}

/**
 * A page, with what it is said in both languages: a block that a model reads, and a member that a
 * program reads. INVARIANT: only the gateway can have written the member.
 */
export function marked(page: JsonObject, about: Marked): JsonObject {
  const { content, _meta: meta } = page;
  const blocks = Array.isArray(content) ? (content as readonly Json[]) : [];
  return {
    ...page,
    content: [...blocks, { type: 'text', text: wordsOf(about) }],
    _meta: { ...(isJsonObject(meta) ? meta : {}), [truncatedKey]: factsOf(about) },
  };
}

function factsOf({ page, pages, heldBytes, ...more }: Marked): JsonObject {
  const { cursor, until, cutOffAfter, unstructured } = more;
  return {
    page,
    pages,
    heldBytes,
    ...(cursor === undefined ? {} : { cursor, tool: nextPageName }),
    ...(until === undefined ? {} : { expiresAt: isoTime(until) }),
    ...(cutOffAfter === undefined ? {} : { cutOffAfterBytes: cutOffAfter }),
    ...(unstructured === true ? { structuredContent: 'left-out' } : {}),
  };
}

function wordsOf(about: Marked): string {
  const { page, pages, heldBytes, cursor, until, cutOffAfter, unstructured, isMore } = about;
  const count = isMore === true ? `at least ${pages}` : pages;
  const words = [`[bailiwick: this result is cut: page ${page} of ${count}.`];
  if (unstructured === true) {
    words.push('Its structured content does not fit its schema when cut, and is left out.');
  }
  if (cursor !== undefined) {
    words.push(
      `${heldBytes} bytes more are kept until ${isoTime(until ?? 0)}: call the tool ${nextPageName} with {"cursor":"${cursor}"}.`,
    );
  } else if (page < pages) {
    words.push(`${heldBytes} bytes more could not be kept: ask for less.`);
  }
  if (cutOffAfter !== undefined) {
    words.push(
      `The tool server sent more than the ${cutOffAfter} bytes that are read; the rest was dropped: ask for less.`,
    );
  }
  return `${words.join(' ')}]`;
}
