import { parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';

/** What an answer of the API says; of one that is told again and again, what it says first. */
export async function answerBody(response: Response): Promise<JsonObject> {
  if (response.headers.get('content-type') !== 'text/event-stream') {
    return parseJson(Buffer.from(await response.arrayBuffer())) as JsonObject;
  }
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8');
    const data = /^data: (.*)\n\n/m.exec(text)?.[1];
    // Leaving the loop lets go of the stream.
    if (data !== undefined) return parseJson(Buffer.from(data)) as JsonObject;
  }
  throw new Error(`no event came: ${text}`);
}
