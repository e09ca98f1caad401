import type { IncomingMessage, RequestOptions } from 'node:http';
import type { FormPoster } from '#contracts/form-poster.ts';
import { limits } from '#kernel/limits.ts';

/** One connection for each form: they are seldom, and what they carry is nobody else's. */
export function createFormPoster(): FormPoster {
  return {
    async post({ url, fields, signal }) {
      const body = new URLSearchParams(fields).toString();
      const answer = await send(url, body, signal);
      return { status: answer.statusCode ?? 0, body: await collect(answer) };
    },
  };
}

async function send(url: string, body: string, signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = {
    method: 'POST',
    signal,
    agent: false,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body),
      accept: 'application/json',
    },
  };
  // Read when it is needed first: most gateways never ask.
  const { request } = await (new URL(url).protocol === 'https:'
    ? import('node:https')
    : import('node:http'));
  return new Promise((resolve, reject) => {
    const sent = request(url, options, resolve);
    sent.once('error', reject);
    sent.end(body);
  });
}

async function collect(answer: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > limits.tokenAnswerBytes) {
      answer.destroy();
      throw new RangeError('the answer is too long');
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
