import type { FailedGeneration } from '#contracts/model-provider.ts';
import type { SideEffect } from '#kernel/call.ts';
import { refusal } from '#kernel/errors.ts';

/** Why bytes stopped coming. */
export type Why = 'network' | 'timeout' | 'stalled' | 'cancelled' | 'closed' | 'too-large';

/** INVARIANT: whatever was sent may have been read and billed; only what was not sent is `none`. */
export function lost(why: Why, sent: boolean, cap: number): FailedGeneration {
  const effect: SideEffect = sent ? 'unknown' : 'none';
  switch (why) {
    case 'cancelled':
      return { kind: 'failed', refusal: refusal('gateway/cancelled'), effect };
    case 'timeout':
      return { kind: 'failed', refusal: refusal('models/upstream-timeout'), effect };
    case 'stalled':
      return {
        kind: 'failed',
        refusal: refusal('models/upstream-timeout', {
          message: 'the model provider fell silent in the middle of its answer',
        }),
        effect,
      };
    case 'too-large':
      return tooLarge(cap);
    case 'network':
    case 'closed':
      return {
        kind: 'failed',
        refusal: refusal('models/upstream-unreachable', {
          message: sent
            ? 'the connection to the model provider was lost'
            : 'the model provider cannot be reached',
        }),
        effect,
      };
  }
}

export function tooLarge(cap: number): FailedGeneration {
  const no = refusal('models/answer-too-large', { details: { limit: cap } });
  return { kind: 'failed', refusal: no, effect: 'unknown' };
}

export function protocolBroken(why: string): FailedGeneration {
  const message = `the model provider broke the protocol: ${why}`;
  const no = refusal('models/upstream-protocol', { message });
  return { kind: 'failed', refusal: no, effect: 'unknown' };
}

export interface SaidError {
  /** 0 when it stood in a stream, after a status that said yes. */
  readonly status: number;
  readonly said: string | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

const unaccepted =
  'ask the operator of this gateway: the provider does not accept its credential; a retry does not help';

export function upstreamError({ status, said, retryAfter }: SaidError): FailedGeneration {
  const refused = refusal('models/upstream-error', {
    message:
      status === 0
        ? 'the model provider ended its answer with an error'
        : `the model provider answered with HTTP status ${status}`,
    ...(status === 0
      ? {}
      : { details: { upstreamStatus: status }, recorded: { upstreamStatus: status } }),
    ...(status === 401 || status === 403 ? { suggestedAction: unaccepted } : {}),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
  return {
    kind: 'failed',
    refusal: refused,
    effect: 'unknown',
    ...(said === undefined ? {} : { said }),
  };
}
