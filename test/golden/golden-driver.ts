import type { Outcome } from '#kernel/call.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';

/** Who asks: two instances of one agent, and everybody who should not get in. */
export type GoldenCaller =
  | 'first'
  | 'second'
  | 'unbound'
  | 'stranger'
  | 'nobody'
  | 'garbled'
  | 'wrong-key';

export interface GoldenCall {
  /** As on the wire: `fake.pay`. */
  readonly tool: string;
  readonly args: JsonObject;
  readonly handle: string | undefined;
  readonly trace: boolean;
  readonly signal: AbortSignal;
}

/** Everything that changes around the calls. */
export type GoldenChange =
  | { readonly kind: 'documents'; readonly which: GoldenDocuments }
  | { readonly kind: 'stop'; readonly what: GoldenStop }
  | { readonly kind: 'release' }
  | { readonly kind: 'shown'; readonly how: 'pinned' | 'drifted' | 'fewer' | 'nothing' }
  | { readonly kind: 'raise' }
  | { readonly kind: 'gateways'; readonly count: number }
  /** `alone`: meanwhile nobody heard from control. */
  | { readonly kind: 'advance'; readonly ms: number; readonly alone: boolean }
  | { readonly kind: 'forget-keys' }
  | { readonly kind: 'know-keys' }
  | { readonly kind: 'verdict'; readonly say: 'approve' | 'reject' | 'withdraw' }
  | { readonly kind: 'flush' }
  | { readonly kind: 'shut-down' };

export type GoldenDocuments =
  | 'usual'
  | 'suspended'
  | 'forbidding'
  | 'permitting'
  | 'asking'
  | 'broken-rule'
  | 'narrow'
  | 'public'
  | 'slow'
  | 'few-a-day'
  | 'no-secret'
  | 'process';

export type GoldenStop =
  | 'all'
  | 'tenant'
  | 'agent'
  | 'instance'
  | 'server'
  | 'tool'
  | 'suspend'
  | 'revoke'
  | 'quarantine';

/**
 * What the recorded calls were made through. It speaks of no shape of the code, so that the same
 * calls can be made after the shape has changed: whoever changes the path restates this one file's
 * implementation (`world-driver.ts`) and nothing else.
 */
export interface GoldenDriver {
  ask(caller: GoldenCaller, call: GoldenCall): Promise<Outcome>;
  list(caller: GoldenCaller, cursor: string | undefined): Promise<Outcome>;
  greet(caller: GoldenCaller): Promise<Outcome>;
  notice(caller: GoldenCaller): Promise<Outcome>;
  /** What a front could not make a call of: an unknown method, or malformed params. */
  refuse(caller: GoldenCaller, why: 'unknown-method' | 'malformed'): Promise<Outcome>;
  /** The gateway looks at the tool server by itself. Answers the code of the refusal, if any. */
  look(): Promise<string | undefined>;
  change(change: GoldenChange): Promise<void>;
  /** While it is set, no record of this type can be written. */
  unrecordable(type: RecordDraft['type'] | undefined): void;
  labelsFail(fail: boolean): void;
  /** Runs while the call is at the tool server, once. */
  duringCall(act: (() => Promise<void>) | undefined): void;
  /** Runs while the tool server is looked at, once. */
  duringLook(act: (() => Promise<void>) | undefined): void;
  /** What was written since this was asked last, in order, with the bodies sealed beside. */
  written(): readonly { readonly draft: RecordDraft; readonly body: Uint8Array | undefined }[];
}
