import type { Outcome } from '#kernel/call.ts';
import type { StreamEvent } from '#contracts/streamed.ts';
import { canonicalText, type Json, type JsonObject } from '#kernel/json/index.ts';
import type { StreamForm } from '../http/protocol.ts';
import { heldError, refusedError } from './answer.ts';
import { usageOf } from './usage.ts';

interface Head {
  readonly id: string;
  readonly model: string;
  readonly created: number;
}

/** Windows as chunks, for one answer. Each event of a window is a chunk of its own. */
export function chunkStream(model: string, tellsUsage: boolean): StreamForm {
  let head: Head = { id: '', model, created: 0 };
  const begun = new Set<number>();
  const chunkOf = (event: StreamEvent): string => {
    if (event.kind === 'fact' && event.value['fact'] === 'begun') {
      head = { ...headOf(event.value), model };
      return '';
    }
    const piece = event.kind === 'fact' ? factPiece(event.value) : textPiece(event);
    if (piece === undefined) return '';
    const role = begun.has(piece.index) ? {} : { role: 'assistant' };
    begun.add(piece.index);
    const { index, finish_reason } = piece;
    const choice = { index, delta: { ...role, ...piece.delta }, logprobs: null, finish_reason };
    return line(chunk(head, [choice], tellsUsage ? { usage: null } : {}));
  };
  return {
    contentType: 'text/event-stream; charset=utf-8',
    window: ({ events }) => Buffer.from(events.map(chunkOf).join('')),
    end: (outcome) => Buffer.from(`${lastWords(outcome, head, tellsUsage)}data: [DONE]\n\n`),
  };
}

function lastWords(outcome: Outcome, head: Head, tellsUsage: boolean): string {
  if (outcome.kind === 'refused') return line(refusedError(outcome));
  if (outcome.kind === 'held') return line(heldError(outcome));
  const usage = outcome.kind === 'streamed' ? outcome.usage : undefined;
  if (!tellsUsage || usage === undefined) return '';
  return line(chunk(head, [], { usage: usageOf({ ...usage }) }));
}

function line(value: JsonObject): string {
  return `data: ${canonicalText(value)}\n\n`;
}

function chunk(
  { id, model, created }: Head,
  choices: readonly JsonObject[],
  more: JsonObject,
): JsonObject {
  return { id, object: 'chat.completion.chunk', created, model, choices, ...more };
}

function headOf({ id, created }: JsonObject): Omit<Head, 'model'> {
  return { id: textOf(id), created: numberOf(created) };
}

interface Piece {
  readonly index: number;
  readonly delta: JsonObject;
  readonly finish_reason: string | null;
}

function factPiece(value: JsonObject): Piece | undefined {
  const index = numberOf(value['choice']);
  if (value['fact'] === 'finished') {
    return { index, delta: {}, finish_reason: textOf(value['reason']) };
  }
  if (value['fact'] !== 'tool') return undefined;
  const named = { name: textOf(value['name']), arguments: '' };
  const call = { index: numberOf(value['tool']), id: textOf(value['id']), type: 'function' };
  return { index, delta: { tool_calls: [{ ...call, function: named }] }, finish_reason: null };
}

/** Lanes of plain text, in the words of the API. */
const members: Readonly<Record<string, string>> = {
  content: 'content',
  refusal: 'refusal',
  reasoning: 'reasoning_content',
};

/** Lanes are named in `contracts/model-provider`. */
function textPiece({ lane, text }: Extract<StreamEvent, { kind: 'text' }>): Piece | undefined {
  const [choice = '', part = '', tool] = lane.split('/');
  const index = Number(choice);
  if (part === 'tool') {
    const call = { index: Number(tool), function: { arguments: text } };
    return { index, delta: { tool_calls: [call] }, finish_reason: null };
  }
  const member = members[part];
  return member === undefined
    ? undefined
    : { index, delta: { [member]: text }, finish_reason: null };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}
