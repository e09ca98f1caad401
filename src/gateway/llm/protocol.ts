import type { Outcome } from '#kernel/call.ts';
import type { HttpRequest, Protocol, Reading, Route } from '../http/protocol.ts';
import { answerTo } from './answer.ts';
import { readChat } from './chat-request.ts';
import { chunkStream } from './chunks.ts';

const chat: Route = { method: 'POST', path: '/llm/v1/chat/completions' };
const models: Route = { method: 'GET', path: '/llm/v1/models' };

/** Chat completions of the OpenAI shape, below `/llm/v1`. Translates only. */
export function createLlmProtocol(): Protocol {
  return {
    name: 'llm',
    routes: [chat, models],
    headerPrefixes: ['bailiwick-'],
    answer: (outcome) => answerTo(outcome),
    read(request) {
      return request.route === models ? listing : asking(request);
    },
  };
}

const listing: Reading = {
  method: 'models',
  revision: 'v1',
  action: { kind: 'model-list' },
  answer: (outcome) => answerTo(outcome),
};

function asking({ body, headers }: HttpRequest): Reading {
  const read = readChat(body);
  const approvalHandle = headers['bailiwick-approval'];
  return {
    method: 'chat/completions',
    revision: 'v1',
    action: read.action,
    answer: (outcome: Outcome) => answerTo(outcome, read.model),
    ...(read.streams ? { stream: chunkStream(read.model, read.tellsUsage) } : {}),
    ...(isHandle(approvalHandle) ? { approvalHandle } : {}),
  };
}

/** What is no handle is none: the call is held anew, or finds its own yes. */
function isHandle(text: string | undefined): text is string {
  return text !== undefined && text !== '' && text.length <= 64;
}
