import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect } from 'vitest';
import type { Call, Outcome } from '#kernel/call.ts';
import { type HttpFront, refusedAsIs, startHttpFront } from '../../../test/fakes/http-front.ts';
import type { Protocol } from './protocol.ts';

export interface FrontUnderTest {
  readonly create: () => Protocol;
  /** A `POST` that is served. */
  readonly path: string;
  readonly body: string;
  /** The same with this JSON text in the place of a value. */
  readonly bodyWith: (value: string) => string;
  /** Headers of its own that may not stand twice, also those that it may get later. */
  readonly ownHeaders: readonly string[];
  /** Where a client would take a status for the end of its session, a no is told in the answer. */
  readonly busyStatus?: number;
  /** What the path would answer to the call of that body. */
  readonly outcome: (call: Call) => Outcome;
}

/** One front before a path that lets everything pass, new for every test. */
export interface Trial extends FrontUnderTest {
  readonly front: HttpFront;
  /** The request to its path, with this body and these headers beside those that it needs. */
  request(body: string, ...headers: readonly string[]): string;
  /** What the path says when nobody asked it to say something else. */
  told(call: Call): Outcome;
  kinds(): readonly Call['action']['kind'][];
  isServed(text: string): Promise<void>;
  /** Answered once, with this status and code; and nothing of it came to the path but its refusal. */
  isRefused(text: string | Buffer, status: number, code: RegExp): Promise<void>;
}

export function startTrial(under: FrontUnderTest): Trial {
  let front: HttpFront;
  beforeEach(async () => {
    front = await startHttpFront([under.create()]);
    front.run = (call) => Promise.resolve(trial.told(call));
  });
  afterEach(() => front.close());
  const trial: Trial = {
    ...under,
    get front() {
      return front;
    },
    request: (body, ...headers) => requestTo(front, under.path, body, headers),
    told: (call) => (call.action.kind === 'refused' ? refusedAsIs(call) : under.outcome(call)),
    kinds: () => front.calls.map(({ action }) => action.kind),
    async isServed(text) {
      expect(await front.raw(text)).toMatch(/^HTTP\/1\.1 200/);
      expect(trial.kinds()).not.toContain('refused');
    },
    async isRefused(text, status, code) {
      const answer = await front.raw(text);
      expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status}`));
      expect(answer).toMatch(code);
      expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
      expect(trial.kinds().every((kind) => kind === 'refused')).toBe(true);
      expect(front.calls.length + front.bad.length).toBeGreaterThan(0);
    },
  };
  return trial;
}

/** Headers that are given stand instead of those that every request has. */
export function requestTo(
  front: HttpFront,
  path: string,
  body: string,
  headers: readonly string[],
): string {
  const has = (name: RegExp) => headers.some((one) => name.test(one));
  const head = [`POST ${path} HTTP/1.1`];
  if (!has(/^host:/)) head.push(`host: ${front.host}`);
  if (!has(/^content-type:/)) head.push('content-type: application/json');
  if (!has(/^authorization:/)) head.push('authorization: Bearer t');
  head.push(...headers);
  if (!has(/^(content-length|transfer-encoding)/i)) {
    head.push(`content-length: ${Buffer.byteLength(body)}`);
  }
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** All that comes on a connection, and when enough of it was there. */
export function everything(socket: Socket): { until(pattern: RegExp): Promise<string> } {
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('utf8')));
  return {
    until: (pattern) =>
      new Promise((resolve) => {
        const look = () => {
          if (pattern.test(text)) resolve(text);
        };
        look();
        socket.on('data', look);
        socket.on('close', () => resolve(text));
      }),
  };
}
