import { canonicalText, type Json, type JsonObject } from '#kernel/json/index.ts';

function tool(name: string, description: string, properties: JsonObject): JsonObject {
  return {
    name,
    description,
    inputSchema: { type: 'object', properties, required: Object.keys(properties) },
  };
}

/** What the fake serves unless it is told otherwise. */
export const usualTools: readonly JsonObject[] = [
  tool('echo', 'Answers with the text that it got.', { text: { type: 'string' } }),
  tool('add', 'Adds two numbers.', { a: { type: 'number' }, b: { type: 'number' } }),
  tool('sleep', 'Answers after some milliseconds.', { ms: { type: 'integer', minimum: 0 } }),
  tool('fail', 'Always answers that it failed.', { reason: { type: 'string' } }),
  tool('big', 'Answers with this many characters.', { size: { type: 'integer', minimum: 0 } }),
];

/** Served only when asked for in `tools`; over HTTP it answers with the headers that it got. */
export const headersTool: JsonObject = tool('headers', 'Answers with the headers it got.', {});

function text(value: string): JsonObject {
  return { content: [{ type: 'text', text: value }] };
}

/** A tool that has no behaviour of its own shows the arguments that it got. */
export async function runTool(name: string, given: JsonObject): Promise<JsonObject> {
  switch (name) {
    case 'echo':
      return text(textOf(given['text']) || canonicalText(given));
    case 'add': {
      const sum = numberOf(given['a']) + numberOf(given['b']);
      return { ...text(String(sum)), structuredContent: { sum } };
    }
    case 'sleep':
      await new Promise((resolve) => setTimeout(resolve, numberOf(given['ms'])));
      return text('slept');
    case 'fail':
      return { ...text(textOf(given['reason'])), isError: true };
    case 'big':
      return text('x'.repeat(numberOf(given['size'])));
    default:
      return text(canonicalText(given));
  }
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}
