import type { Lent, ToolAnswer } from '#contracts/tool-server.ts';
import { refusal } from '#kernel/errors.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { UpstreamError } from './message.ts';

export type Effect = 'none' | 'done' | 'unknown';
export type Failed = Extract<ToolAnswer, { kind: 'failed' }>;

const messageLength = 500;
/** More than this is not even looked at: cleaning must stay cheap. */
const readLength = 4_000;

export function timedOut(effect: Effect): Failed {
  return { kind: 'failed', refusal: refusal('tools/upstream-timeout'), effect };
}

export function cancelled(effect: Effect): Failed {
  return { kind: 'failed', refusal: refusal('gateway/cancelled'), effect };
}

export function unreachable(effect: Effect, why?: string): Failed {
  return {
    kind: 'failed',
    refusal: refusal(
      'tools/upstream-unreachable',
      why === undefined ? {} : { message: `the tool server cannot be reached: ${why}` },
    ),
    effect,
  };
}

export function protocolBroken(effect: Effect, why: string): Failed {
  return {
    kind: 'failed',
    refusal: refusal('tools/upstream-protocol', {
      message: `the tool server broke the protocol: ${why}`,
    }),
    effect,
  };
}

export function tooLarge(effect: Effect, cap: number): Failed {
  return {
    kind: 'failed',
    refusal: refusal('tools/result-too-large', { details: { limit: cap } }),
    effect,
  };
}

export function statusRefused(effect: Effect, status: number): Failed {
  return {
    kind: 'failed',
    refusal: refusal('tools/upstream-error', {
      message: `the tool server answered with HTTP status ${status}`,
      details: { upstreamStatus: status },
    }),
    effect,
  };
}

/**
 * Codes with which a server says that it did not even begin: it looked at the request only. Any
 * other error may come from the middle of the work.
 */
const notBegun = new Set([-32_601, -32_602, -32_020, -32_021, -32_022]);

/** INVARIANT: text that holds what was lent goes nowhere, however little of it would be shown. */
export function upstreamError(error: UpstreamError, lent: readonly Lent[]): Failed {
  const leaks = lent.some(
    ({ secret, value }) => contains(error.message, secret) || contains(error.message, value),
  );
  return {
    kind: 'failed',
    refusal: refusal('tools/upstream-error', {
      message: (leaks ? '' : cleanText(error.message)) || 'the tool server answered with an error',
      details: { upstreamCode: error.code },
    }),
    effect: notBegun.has(error.code) ? 'none' : 'unknown',
  };
}

function contains(text: string, secret: string): boolean {
  return secret !== '' && text.includes(secret);
}

const stackLine = /\n[ \t]*at\s[^\n]*/g;
const pythonTrace = /Traceback \(most recent call last\)[\s\S]*/;
const unixPath = /(?<![\w/.])(?:file:\/\/)?\/(?:[\w.@+~-]+\/)+[\w.@+~-]*(?::\d+){0,2}/g;
const windowsPath = /(?<!\w)[A-Za-z]:\\[^\s"'<>|]*/g;

/** Text of a stranger, made safe to show: no stack, no path of its machine, nothing hidden, short. */
export function cleanText(text: string): string {
  const bare = text
    .slice(0, readLength)
    .replace(pythonTrace, '')
    .replace(stackLine, '')
    .replace(unixPath, '[path]')
    .replace(windowsPath, '[path]')
    .trim();
  return visibleText(bare, { maxLength: messageLength - 1 }).slice(0, messageLength);
}
