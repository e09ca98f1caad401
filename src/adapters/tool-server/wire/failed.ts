import type { ToolAnswer } from '#contracts/tool-server.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';
import { refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { clientAsks } from '#kernel/snapshot.ts';
import type { UpstreamError } from './message.ts';

export type Effect = 'none' | 'done' | 'unknown';
export type Failed = Extract<ToolAnswer, { kind: 'failed' }>;

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

/** INVARIANT: nothing of it was started. */
export function notAsPinned(why: string, code: ErrorCode = 'tools/package-mismatch'): Failed {
  const message = `the tool server is not started: ${why}`;
  return {
    kind: 'failed',
    refusal: refusal(code, { message }),
    effect: 'none',
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

/** -32002 is `not found` of a resource in the handshake era; elsewhere it is a server's own number. */
const notFound = -32_002;

/** What it must be able to ask was not offered; it did not begin. */
const needsCapability = -32_021;

function unaskable({ data }: UpstreamError): Failed {
  const required = data?.['requiredCapabilities'];
  // Names of the protocol alone: what else it writes there is nobody's to read.
  const asked = isJsonObject(required)
    ? clientAsks.filter((ask) => Object.hasOwn(required, ask))
    : [];
  const requiredCapabilities = Object.fromEntries(asked.map((ask) => [ask, {}]));
  return {
    kind: 'failed',
    refusal: refusal('tools/needs-capability', { details: { requiredCapabilities } }),
    effect: 'none',
  };
}

/** What it wrote goes on as it came, for the intake to judge; nothing here shows it to anybody. */
export function upstreamError(error: UpstreamError, method?: string): Failed {
  const { code } = error;
  if (code === needsCapability) return unaskable(error);
  const turnedAway = notBegun.has(code) || (method === 'resources/read' && code === notFound);
  return {
    kind: 'failed',
    refusal: refusal('tools/upstream-error', {
      message: 'the tool server answered with an error',
      details: { upstreamCode: code },
    }),
    effect: turnedAway ? 'none' : 'unknown',
    said: error.message,
  };
}
