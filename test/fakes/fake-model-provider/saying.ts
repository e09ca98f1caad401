import type { ServerResponse } from 'node:http';
import { canonicalText, type JsonObject } from '#kernel/json/index.ts';
import type { Behaviour } from './behaviours.ts';
import { chunk, completion } from './completion.ts';

/** Deltas that say a text, a piece each; whole, they are one message. */
export interface Place {
  /** It is said at once: a name is no text that grows. */
  readonly isWhole?: true;
  readonly head?: (text: string) => JsonObject;
  readonly piece?: (text: string) => JsonObject;
  readonly message: (text: string) => JsonObject;
}

const named = (name: string, id = 'call_1', args = '{}'): JsonObject => ({
  tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: args } }],
});

function growing(member: string): Place {
  return {
    piece: (text) => ({ [member]: text }),
    message: (text) => ({ content: null, [member]: text }),
  };
}

export const contentPlace = growing('content');

/** Where in a generation something can be said. */
export const places: Readonly<Record<string, Place>> = {
  content: contentPlace,
  refusal: growing('refusal'),
  reasoning: growing('reasoning_content'),
  'arguments of a tool call': {
    head: () => named('refund', 'call_1', ''),
    piece: (text) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] }),
    message: (text) => named('refund', 'call_1', text),
  },
  'the name of a tool': {
    isWhole: true,
    head: (text) => named(text),
    message: (text) => named(text),
  },
  'the id of a tool call': {
    isWhole: true,
    head: (text) => named('refund', text),
    message: (text) => named('refund', text),
  },
};

/** Cut as the sizes say, over and over. */
export function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const size = sizes[pieces.length % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

export function saying(place: Place, text: string, sizes: readonly number[]): Behaviour {
  return (response, asked) => {
    if (!asked.stream) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(canonicalText(completion(asked, place.message(text))));
      return;
    }
    const head = place.head === undefined ? [] : [place.head(text)];
    const { piece } = place;
    const pieces = piece === undefined ? [] : cut(text, sizes).map(piece);
    respond(response, [
      ...[...head, ...pieces].map((delta) => chunk(asked, delta)),
      chunk(asked, {}, 'stop'),
    ]);
  };
}

export function respond(response: ServerResponse, chunks: readonly JsonObject[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const one of chunks) response.write(`data: ${canonicalText(one)}\n\n`);
  response.end('data: [DONE]\n\n');
}
