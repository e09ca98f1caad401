import type { Pool } from 'undici';
import { createGrowing } from '../../bytes/growing.ts';
import type {
  FailedGeneration,
  Generation,
  GenerationAnswer,
  ModelConnection,
  ProviderEntry,
} from '#contracts/model-provider.ts';
import { parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { readCompletion } from './completion.ts';
import { saidInBytes } from './error-body.ts';
import { type Exchange, exchange, type Head } from './exchange.ts';
import { lost, protocolBroken, upstreamError } from './failed.ts';
import { requestBytes, requestHeaders } from './request.ts';
import { type AnswerBounds, streamed } from './stream.ts';
import { unreadable } from './unreadable.ts';

/** Of an error more is not read. */
const errorBytes = 65_536;

export interface ConnectionParts {
  readonly entry: ProviderEntry;
  readonly pool: Pool;
  /** Of chat completions. */
  readonly path: string;
}

export function createConnection({ entry, pool, path }: ConnectionParts): ModelConnection {
  let closing: Promise<void> | undefined;
  return {
    async generate(generation) {
      if (closing !== undefined) return lost('closed', false, entry.answerBytes);
      const body = requestBytes(generation);
      const { timeoutMs, idleMs } = entry;
      const patience = { timeoutMs, idleMs, signal: generation.signal };
      const headers = requestHeaders(generation);
      const running = exchange(pool, { path, headers, body }, patience);
      return answerTo(entry, generation, running);
    },
    close: () => (closing ??= pool.destroy()),
  };
}

/** INVARIANT: whatever happens on the way, only a stream that is handed on outlives this. */
async function answerTo(
  entry: ProviderEntry,
  generation: Generation,
  running: Exchange,
): Promise<GenerationAnswer> {
  let isHandedOn = false;
  try {
    const answer = await answerIn(entry, generation, running);
    isHandedOn = answer.kind === 'stream';
    return answer;
  } finally {
    if (!isHandedOn) running.end('closed');
  }
}

async function answerIn(
  entry: ProviderEntry,
  { stream, choices }: Generation,
  running: Exchange,
): Promise<GenerationAnswer> {
  const head = await running.head;
  if (head.kind === 'lost') return lost(head.why, running.sent(), entry.answerBytes);
  if (head.status !== 200) return refused(running, head);
  const misfit = unreadable(head.headers, stream);
  if (misfit !== undefined) return misfit;
  const bounds = { answerBytes: entry.answerBytes, choices };
  if (stream) return { kind: 'stream', stream: streamed(running, bounds) };
  return whole(running, bounds);
}

async function refused(running: Exchange, { status, headers }: Head): Promise<FailedGeneration> {
  if (status < 400) return protocolBroken(redirected(status));
  const body = await readWhole(running, errorBytes);
  const said = Buffer.isBuffer(body) ? saidInBytes(body) : undefined;
  return upstreamError({ status, said, retryAfter: retryAfter(headers['retry-after']) });
}

function redirected(status: number): string {
  return status < 300 ? 'it answered without an answer' : 'it answered with a redirect';
}

const longestRetryS = 3_600;

function retryAfter(value: unknown): number | undefined {
  if (typeof value !== 'string' || !/^\d{1,6}$/.test(value)) return undefined;
  return Math.min(Number(value), longestRetryS);
}

async function whole(
  running: Exchange,
  { answerBytes, choices }: AnswerBounds,
): Promise<GenerationAnswer> {
  const body = await readWhole(running, Math.min(answerBytes, limits.jsonBytes));
  if (!Buffer.isBuffer(body)) return lost(body, running.sent(), answerBytes);
  let value: unknown;
  try {
    value = parseJson(body);
  } catch {
    return protocolBroken('its answer is not strict JSON');
  }
  const read = readCompletion(value, choices);
  if (read === undefined)
    return protocolBroken('its answer is not the chat completion that was asked for');
  return { kind: 'answer', ...read, bytes: body.length };
}

/** The whole body, or why there is none. */
async function readWhole(
  running: Exchange,
  maxBytes: number,
): Promise<Buffer | Parameters<typeof lost>[0]> {
  const body = createGrowing();
  for (;;) {
    const piece = await running.next();
    if (piece.kind === 'end') return body.take();
    if (piece.kind === 'lost') return piece.why;
    body.add(piece.bytes);
    if (body.length <= maxBytes) continue;
    running.end('too-large');
    return 'too-large';
  }
}
