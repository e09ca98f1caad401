import type { Action, BroughtWords, Call, ConnectionState, Presented, Talk } from '#kernel/call.ts';
import type { Refusal } from '#kernel/errors.ts';
import { newId } from '#kernel/ids.ts';
import { canonicalBytes } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Clock } from '#kernel/time.ts';
import { toolTarget } from '#kernel/tool.ts';
import { parseWireName } from '#contracts/wire-name.ts';

/** What an agent can do at the front of the world. */
export type WorldAsk =
  | {
      readonly kind: 'invoke';
      /** As on the wire: `fake.pay`. */
      readonly tool: string;
      readonly args: JsonObject;
      readonly handle?: string | undefined;
      readonly trace?: string;
      readonly talk?: Talk;
      readonly userReply?: JsonObject;
      readonly pageReply?: JsonObject;
      readonly words?: BroughtWords;
    }
  | { readonly kind: 'list'; readonly cursor?: string | undefined }
  | { readonly kind: 'greet' | 'notice' }
  | { readonly kind: 'refused'; readonly reason: Refusal }
  | {
      readonly kind: 'other';
      readonly method: string;
      readonly action: Action;
      readonly handle?: string | undefined;
    };

interface Asked {
  readonly ask: WorldAsk;
  readonly presented: Presented;
  readonly connection: ConnectionState;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const methodOf = {
  invoke: 'tools/call',
  list: 'tools/list',
  greet: 'initialize',
  notice: 'ping',
  refused: 'tools/never',
} as const;

export function callOf({ ask, presented, connection, clock, signal }: Asked): Call {
  return {
    id: newId(clock.now()),
    front: 'mcp',
    method: ask.kind === 'other' ? ask.method : methodOf[ask.kind],
    revision: '',
    tenant: 'main',
    source: '127.0.0.1',
    connection,
    receivedAt: clock.now(),
    receivedBytes: 0,
    presented,
    approvalHandle: 'handle' in ask ? ask.handle : undefined,
    trace: ask.kind === 'invoke' ? ask.trace : undefined,
    talk: ask.kind === 'invoke' ? ask.talk : undefined,
    userReply: ask.kind === 'invoke' ? ask.userReply : undefined,
    pageReply: ask.kind === 'invoke' ? ask.pageReply : undefined,
    words: ask.kind === 'invoke' ? ask.words : undefined,
    onIdentified: undefined,
    signal,
    action: actionOf(ask),
  };
}

function actionOf(ask: WorldAsk): Action {
  switch (ask.kind) {
    case 'invoke': {
      const id = parseWireName(ask.tool);
      return {
        kind: 'tool-call',
        target: id === undefined ? undefined : toolTarget(id),
        named: ask.tool,
        arguments: ask.args,
        argumentBytes: canonicalBytes(ask.args),
      };
    }
    case 'other':
      return ask.action;
    case 'list':
      return { kind: 'tool-list', cursor: ask.cursor };
    case 'greet':
    case 'notice':
      return { kind: ask.kind };
    case 'refused':
      return { kind: 'refused', reason: ask.reason };
  }
}
