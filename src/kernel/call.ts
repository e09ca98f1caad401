import type { Refusal } from './errors.ts';
import type { JsonObject } from './json/value.ts';
import type { Principal } from './principal.ts';
import type { SideEffect, UsagePart } from './record.ts';
import type { Snapshot } from './snapshot.ts';
import type { Target } from './target.ts';
import type { Traced } from './trace.ts';

/** What the caller presented to say who it is; judged by identity alone. */
export interface Presented {
  readonly authorization: string | undefined;
  readonly dpop: string | undefined;
  /** HTTP method and the URL that the client must have signed. */
  readonly method: string;
  readonly url: string;
  /** The TLS client certificate, DER, when the connection is mutual TLS. */
  readonly clientCertificate: Uint8Array | undefined;
  /** True when a header that identity reads stood more than once. */
  readonly ambiguous: boolean;
}

/** Who presented what, over which front: everything of a call but what it asks for. */
export interface Envelope extends Traced {
  readonly id: string;
  /** Name of the front that brought it; `internal` is what the gateway itself asks. */
  readonly front: string;
  readonly method: string;
  readonly revision: string;
  readonly tenant: string;
  readonly source: string;
  readonly connection: ConnectionState;
  readonly receivedAt: number;
  readonly receivedBytes: number;
  readonly presented: Presented;
  readonly approvalHandle: string | undefined;
  /** What somebody says that the user said; by itself it counts for nothing. */
  readonly words?: BroughtWords | undefined;
  /** What the user replied to what the gateway itself had asked of this call. */
  readonly userReply?: JsonObject | undefined;
  /** What came back of the page that it was sent to; it decides nothing. */
  readonly pageReply?: JsonObject | undefined;
  /** Set: what it brings along beside its credential is one holder's, and unknown for anybody else. */
  readonly heldBy?: string | undefined;
  /** Whom an earlier call of the same request has proved to be; put here by no front. */
  readonly proven?: Principal | undefined;
  /** Undefined when it takes nothing but the answer. */
  readonly talk?: Talk | undefined;
  /** Tells the front whose call it is, so that only that instance can cancel it, and what judges it. */
  readonly onIdentified: ((principal: Principal, judgedBy: Snapshot) => void) | undefined;
  /**
   * Gives the front, before anything leaves, what it has to ask whenever it tells later what came of it: why
   * that may not be told any more. INVARIANT: the path judges that, as it does for what comes at once.
   */
  readonly onLent?: ((mayNot: () => Refusal | undefined) => void) | undefined;
  /** Aborted when the caller cancels or goes away. */
  readonly signal: AbortSignal;
}

/** A statement that somebody signed, or a text as whoever calls wrote it. */
export type BroughtWords =
  | { readonly kind: 'signed'; readonly text: string }
  | { readonly kind: 'plain'; readonly text: string };

/** What whoever calls takes beside the answer: what is told before it, and what it can be asked. */
export interface Talk {
  /** How far it is. */
  readonly progress: boolean;
  /** The least severe level of a server's log that it wants to read; undefined is none. */
  readonly log: string | undefined;
  /** What it can be asked, as it declared it: `{ elicitation: { form: {} } }`. */
  readonly capabilities: JsonObject;
  /** `stream`: it is asked before the answer and replies. `retry`: it is told what is asked, and calls again. */
  readonly asked: 'stream' | 'retry';
  /** It can show its user a page, and its revision knows how it is asked to. */
  readonly opensPage?: boolean;
}

/** A call that goes on where the last one asked for something. */
export interface Continued {
  /** The handle that it was given. */
  readonly state: string | undefined;
  /** What it replies, by the names under which it was asked. */
  readonly replies: JsonObject;
}

/** An answer to something that the caller was asked. */
export type Reply =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly code: number; readonly message: string };

/** What a caller wrote beside its call, in headers of the protocol. */
export interface ArgumentHeaders {
  /** By names in lower case, those that repeat arguments among others. */
  readonly values: Readonly<Record<string, string>>;
  /** In its revision whoever leaves one out is refused. */
  readonly must: boolean;
}

/** What an action asks of something outside. */
export interface Content {
  /** Undefined when the name means nothing: it is refused as what is hidden is. */
  readonly target: Target | undefined;
  /** The name as the caller wrote it, for records and messages. */
  readonly named: string;
  readonly arguments: JsonObject;
  /** RFC 8785 bytes of `arguments`: the ones that are judged, digested, approved and sent. */
  readonly argumentBytes: Buffer;
  /** What its caller replies to what it was asked by the last answer. */
  readonly continued?: Continued | undefined;
  /** Compared with the arguments, and read for nothing else. */
  readonly headers?: ArgumentHeaders | undefined;
}

/** What is asked. Each kind has one file in `src/gateway/actions/`, which gives what differs. */
export type Action =
  | ({ readonly kind: 'tool-call' } & Content)
  | {
      readonly kind: 'tool-list';
      readonly cursor: string | undefined;
      /** Of this server alone, by its own names; undefined is of all. */
      readonly server?: string | undefined;
    }
  | ({ readonly kind: 'resource-list' } & Content)
  | ({ readonly kind: 'resource-templates' } & Content)
  | ({ readonly kind: 'resource-read' } & Content)
  | ({ readonly kind: 'resource-subscribe' } & Content)
  | ({ readonly kind: 'prompt-list' } & Content)
  | ({ readonly kind: 'prompt-get' } & Content)
  /** What could be written for an argument of a prompt or a variable of a template. */
  | ({ readonly kind: 'complete' } & Content)
  /** One more page of a result that was told in part; what it is of is found by its cursor. */
  | ({ readonly kind: 'result-page'; readonly found?: FoundPage } & Content)
  | ({ readonly kind: 'model-generate' } & Content)
  | { readonly kind: 'model-list' }
  | { readonly kind: 'greet' }
  | { readonly kind: 'notice' }
  /** What the gateway itself asks of a tool server, as principal `system/refresh`. */
  | ({ readonly kind: 'refresh' } & Content)
  /** What a front could not turn into a call: it still walks to its refusal and its record. */
  | { readonly kind: 'refused'; readonly reason: Refusal };

/** A page of a result, and what the result was the answer to. */
export interface FoundPage {
  readonly target: Target;
  readonly arguments: JsonObject;
  /** The id of the call that it was the answer to. */
  readonly call: string;
  readonly page: number;
  readonly result: JsonObject;
}

/** What an action asks of something outside; undefined when it asks nothing of the kind. */
export function contentOf(action: Action): Content | undefined {
  return 'argumentBytes' in action ? action : undefined;
}

export type ActionKind = Action['kind'];

/** One action of one agent, whatever protocol brought it. */
export interface Call<A extends Action = Action> extends Envelope {
  readonly action: A;
}

/** Per connection, owned by the front, written by admit. */
export interface ConnectionState {
  readonly id: string;
  windowStart: number;
  callsInWindow: number;
}

export type { SideEffect };

export interface HeldApproval {
  readonly handle: string;
  readonly approvalId: string;
  readonly expiresAt: number;
  /** The user can say it themselves, where they work: their client is asked. */
  readonly ask?: UserAsk | undefined;
  /** Where people decide it, for a client that can open that: `{ mode, url, message }`. */
  readonly page?: JsonObject | undefined;
}

/** What is asked, by the names under which it is replied, and what is given back with the reply. */
export interface UserAsk {
  readonly requests: JsonObject;
  readonly state: string;
}

export type Outcome =
  | {
      readonly kind: 'result';
      readonly recordId: string;
      readonly result: JsonObject;
      /** Canonical bytes of `result`, the ones that the record commits to. */
      readonly bytes: Buffer;
    }
  /** Nothing is done yet: the caller must first say something. */
  | {
      readonly kind: 'asks';
      readonly recordId: string;
      /** What is asked, by the names under which it replies: `{ method, params }` each. */
      readonly requests: JsonObject;
      /** The handle that it gives back. */
      readonly state: string;
    }
  /** It left in windows, all of them. */
  | {
      readonly kind: 'streamed';
      readonly recordId: string;
      /** What it used up, where that is counted. */
      readonly usage: UsagePart | undefined;
    }
  | { readonly kind: 'listed'; readonly recordId: string; readonly page: Page }
  | { readonly kind: 'greeted'; readonly recordId: string }
  | { readonly kind: 'noticed'; readonly recordId: string; readonly principal: Principal }
  | { readonly kind: 'held'; readonly recordId: string; readonly approval: HeldApproval }
  | {
      readonly kind: 'refused';
      readonly recordId: string | undefined;
      readonly refusal: Refusal;
      readonly effect: SideEffect;
    };

/** One page of what a principal may see. */
export interface Page {
  readonly items: readonly JsonObject[];
  readonly nextCursor: string | undefined;
}

export interface ToolPage {
  /** Approved definitions, with the wire name in place of the server's own. */
  readonly tools: readonly JsonObject[];
  readonly nextCursor: string | undefined;
}
