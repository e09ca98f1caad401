import type { ServerResponse } from 'node:http';
import { canonicalText, isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';
import { type Asked, chunk, completion, textOf } from '../fakes/fake-model-provider/completion.ts';
import { respond } from '../fakes/fake-model-provider/saying.ts';

/** One answer of the model: what happens while it thinks, and which tools it then wants, all at once. */
export interface Turn {
  readonly meanwhile?: () => Promise<unknown>;
  readonly calls: readonly Wanted[];
}

/** A tool by the name of the server itself: the model looks up what it is offered as. */
export interface Wanted {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

interface Play {
  readonly turns: readonly Turn[];
  /** What happened meanwhile happens once, however often an agent asks again. */
  readonly happened: Set<number>;
  /** What tools answered, as it came into the model's context, in the order of the newest request. */
  read: readonly string[];
}

export interface ScriptedModel {
  /** The words that start the play. */
  prepare(turns: readonly Turn[]): string;
  /** What the model of this play has read of its tools. */
  readBy(prompt: string): readonly string[];
  answer(response: ServerResponse, asked: Asked): Promise<void>;
}

/**
 * A model without a mind: it plays the turns that belong to the first words of its user, by how often it
 * has spoken before, so that an agent that asks again is told the same again. After the last turn it is done.
 */
export function scriptedModel(): ScriptedModel {
  const plays = new Map<string, Play>();
  return {
    prepare(turns) {
      const prompt = `Play ${plays.size + 1}.`;
      plays.set(prompt, { turns, happened: new Set(), read: [] });
      return prompt;
    },
    readBy: (prompt) => plays.get(prompt)?.read ?? [],
    async answer(response, asked) {
      const messages = messagesOf(asked.request);
      const play = plays.get(messages.filter(({ role }) => role === 'user').map(wordsOf)[0] ?? '');
      if (play === undefined) return speak(response, asked, { content: 'hello' });
      play.read = messages.filter(({ role }) => role === 'tool').map(wordsOf);
      const at = messages.filter(({ role }) => role === 'assistant').length;
      const turn = play.turns[at];
      if (turn === undefined) return speak(response, asked, { content: 'Done.' });
      if (!play.happened.has(at)) await turn.meanwhile?.();
      play.happened.add(at);
      const calls = turn.calls.map((wanted, index) =>
        toolCall(asked, wanted, `call_${at}_${index}`),
      );
      return speak(response, asked, { content: null, tool_calls: calls });
    },
  };
}

function toolCall({ request }: Asked, { tool, args }: Wanted, id: string): JsonObject {
  const offered = Array.isArray(request['tools']) ? (request['tools'] as readonly Json[]) : [];
  const names = offered.filter(isJsonObject).map((one) => one['function']);
  const named = names.filter(isJsonObject).map(({ name }) => textOf(name));
  const name = named.find((one) => one.endsWith(`__${tool}`)) ?? `fake__${tool}`;
  return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
}

function speak(response: ServerResponse, asked: Asked, message: JsonObject): void {
  const calls = message['tool_calls'];
  const finish = calls === undefined ? 'stop' : 'tool_calls';
  if (!asked.stream) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(canonicalText(completion(asked, message, finish)));
    return;
  }
  const parts = Array.isArray(calls) ? (calls as readonly JsonObject[]) : [];
  const streamed = parts.map((call, index): JsonObject => ({ index, ...call }));
  const delta = streamed.length === 0 ? message : { content: null, tool_calls: streamed };
  respond(response, [chunk(asked, { role: 'assistant', ...delta }), chunk(asked, {}, finish)]);
}

function messagesOf(request: JsonObject): readonly JsonObject[] {
  const { messages } = request;
  return Array.isArray(messages) ? (messages as readonly Json[]).filter(isJsonObject) : [];
}

/** Text, or parts of it. */
function wordsOf({ content }: JsonObject): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as readonly Json[]).filter(isJsonObject) : [];
  return parts.map(({ text }) => textOf(text)).join('\n');
}
