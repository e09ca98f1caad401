import type { ServerEntry } from '#kernel/snapshot.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import { canonicalText } from '#kernel/json/canonical.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { Signed, SignerNeed } from './signers.ts';
import type { Mirrored } from './mirrored.ts';
import type { Reply } from '#kernel/call.ts';
import { BailiwickError, type Refusal } from '#kernel/errors.ts';

/** A credential for exactly one use of the connection; never logged, never stored by it. */
export type Lent =
  | {
      readonly kind: 'header';
      readonly header: string;
      readonly value: string;
      /** The bare secret inside `value`: what is scrubbed from results. */
      readonly secret: string;
    }
  | {
      readonly kind: 'query';
      readonly name: string;
      readonly value: string;
      readonly secret: string;
    }
  | {
      readonly kind: 'environment';
      readonly variable: string;
      readonly inArguments?: true;
      readonly value: string;
      readonly secret: string;
    };

export interface ToolInvocation {
  readonly callId: string;
  readonly tool: string;
  /** Canonical bytes that were judged: sent as they are. */
  readonly argumentBytes: Buffer;
  readonly lent: readonly Lent[];
  readonly timeoutMs: number;
  readonly resultBytes: number;
  readonly signal: AbortSignal;
  /** A W3C `traceparent` of ours: in `_meta`, and in a header where there are headers. */
  readonly trace: string | undefined;
  readonly mirrored?: readonly Mirrored[] | undefined;
  readonly hearing?: Hearing | undefined;
  readonly mayLeave?: MayLeave | undefined;
}

/**
 * Asked by a connection that begins anew for it, once it has told what its server shows: why the request may
 * not go there now. INVARIANT: then not a byte of it leaves.
 */
export type MayLeave = () => Refusal | undefined;

/** What the server says or asks before its answer. */
export type Aside =
  | {
      readonly kind: 'notice';
      readonly method: 'notifications/progress' | 'notifications/message';
      /** As it came, whole, without the token of a progress. */
      readonly params: JsonObject;
    }
  | {
      readonly kind: 'ask';
      readonly method: AskMethod;
      readonly params: JsonObject;
      /** Once; later words are dropped, and so are words to a server that is gone. */
      answer(reply: Reply): void;
    };

/** What a server can ask of whoever calls it. */
export const askMethods = ['elicitation/create', 'sampling/createMessage', 'roots/list'] as const;

export type AskMethod = (typeof askMethods)[number];

/** Given when whoever calls takes more than the answer. */
export interface Hearing {
  readonly progress: boolean;
  readonly log: string | undefined;
  /** What the server may ask, in the protocol's words for what a client can do. */
  readonly capabilities: JsonObject;
  /**
   * INVARIANT: called for nothing but what surely belongs to this request, before it settles. While
   * something that was asked is not answered, the time of the request stands still.
   */
  hear(aside: Aside): void;
  /**
   * What goes with words to the server after the request. INVARIANT: once the lease of the request is over,
   * nothing but what is lent to whoever goes on with it. Undefined while it is as it was.
   */
  lent?(): readonly Lent[] | undefined;
}

/** One request of a client, of whatever method: what a connection needs to know of it. */
export interface UpstreamRequest {
  readonly callId: string;
  /** A method of the protocol, such as `tools/call` or `resources/read`. */
  readonly method: string;
  /**
   * Canonical bytes of the parameters, that were judged: sent as they are. INVARIANT: an object
   * without `_meta`; the connection adds its own.
   */
  readonly params: Buffer;
  /** What the request names (a tool, a prompt, a URI): repeated in a header where the era has one. */
  readonly named: string | undefined;
  readonly lent: readonly Lent[];
  readonly timeoutMs: number;
  readonly resultBytes: number;
  readonly signal: AbortSignal;
  readonly trace: string | undefined;
  /** Arguments that are repeated in headers where the era has them. INVARIANT: as it was approved. */
  readonly mirrored?: readonly Mirrored[] | undefined;
  readonly hearing?: Hearing | undefined;
  readonly mayLeave?: MayLeave | undefined;
}

/** An answer that its server went on with after nobody read it any more. */
export interface CutOff {
  /** Where in the result it ends: the keys and indices of what was open there. */
  readonly path: readonly (string | number)[];
  /** What was counted of the message; there may have been more. */
  readonly bytes: number;
}

/** INVARIANT: the judged bytes of the arguments stand in it unchanged. */
export function toolCallRequest(invocation: ToolInvocation): UpstreamRequest {
  const { tool, argumentBytes } = invocation;
  const tail = `,"name":${canonicalText(tool)}}`;
  const end = paramsHead.length + argumentBytes.length;
  const params = Buffer.allocUnsafe(end + Buffer.byteLength(tail));
  params.write(paramsHead);
  argumentBytes.copy(params, paramsHead.length);
  params.write(tail, end);
  // Member by member, because spreading is dear on the way of every call; `satisfies` sees that none is forgotten.
  return {
    callId: invocation.callId,
    method: 'tools/call',
    params,
    named: tool,
    lent: invocation.lent,
    timeoutMs: invocation.timeoutMs,
    resultBytes: invocation.resultBytes,
    signal: invocation.signal,
    trace: invocation.trace,
    mirrored: invocation.mirrored,
    hearing: invocation.hearing,
    mayLeave: invocation.mayLeave,
  } satisfies Record<keyof UpstreamRequest, unknown>;
}

const paramsHead = '{"arguments":';

/** Replies to what the server asked in its last answer, and the state that it gave along then. */
export function withReplies(
  request: UpstreamRequest,
  { replies, state }: { readonly replies: JsonObject; readonly state: string | undefined },
): UpstreamRequest {
  const said = canonicalText({
    inputResponses: replies,
    ...(state === undefined ? {} : { requestState: state }),
  });
  const { params } = request;
  // INVARIANT: the judged bytes stand in it unchanged, but for their last brace.
  const comma = params.length > emptyObjectBytes ? ',' : '';
  const bytes = Buffer.concat([params.subarray(0, -1), Buffer.from(`${comma}${said.slice(1)}`)]);
  return { ...request, params: bytes };
}

const emptyObjectBytes = 2;

/**
 * What came back. `effect` is true to what is known: `none` only when not one byte of the request
 * left, `unknown` when the answer did not arrive, `done` when it did.
 */
export type ToolAnswer =
  | {
      readonly kind: 'answer';
      readonly result: JsonObject;
      readonly bytes: number;
      /** Set when this is its beginning, and no more was read. */
      readonly cut?: CutOff;
    }
  /** The server wants to know something first; the request is made again with the replies. */
  | {
      readonly kind: 'asks';
      /** By the names under which it wants the replies: `{ method, params }` each, as they came. */
      readonly requests: JsonObject;
      readonly state: string | undefined;
      readonly bytes: number;
    }
  | {
      readonly kind: 'failed';
      /** In our words alone; what the server wrote stands in `said`. */
      readonly refusal: Refusal;
      readonly effect: 'none' | 'done' | 'unknown';
      /**
       * Text of the server as it came, whole. INVARIANT: nobody tells, records or logs it but the
       * gateway's intake, after everything that must not be told was taken out.
       */
      readonly said?: string;
    };

/** A fault of a server that has words of its own for it; its message is in ours. */
export class ToolServerFault extends BailiwickError {
  /** As in `ToolAnswer`. */
  readonly said: string | undefined;

  constructor({ refusal, said }: Extract<ToolAnswer, { kind: 'failed' }>) {
    const { code, message, suggestedAction, details } = refusal;
    super(code, { message, suggestedAction, ...(details === undefined ? {} : { details }) });
    this.said = said;
  }
}

/** A server, and who must have signed what of it is started. INVARIANT: what is not signed so is not started. */
export interface ServerToConnect extends ServerEntry {
  readonly signers?: readonly SignerNeed[];
}

/** What becomes of a connection, for the people who run it: nothing is decided by it. */
export type ConnectionNews =
  /** Who signed what is started next; undefined when it is not started because nobody did who may. */
  | { readonly kind: 'signed'; readonly signed: Signed | undefined }
  | { readonly kind: 'starting'; readonly pid: number | undefined }
  | { readonly kind: 'up'; readonly era: 'modern' | 'legacy'; readonly revision: string }
  /** It ended by itself, or was ended because of what it did; `why` is in our words. */
  | {
      readonly kind: 'gone';
      readonly why: string;
      readonly exitCode: number | undefined;
      readonly signal: string | undefined;
    }
  /** It was closed from here. */
  | { readonly kind: 'closed' }
  /** Beside its answers. As it came: only for the gateway's intake. */
  | { readonly kind: 'printed'; readonly bytes: Buffer };

export interface ToolServerEvents {
  news?(news: ConnectionNews): void;
  /**
   * What a process shows that was started, before it is asked anything. INVARIANT: whoever wants to be told is
   * told before, or the process serves nothing; and a refusal ends it.
   */
  shows?(tools: readonly ToolDefinition[]): Refusal | undefined;
  /** The server said that its list changed, or the connection was lost and came back. */
  listChanged(): void;
  /** It said that its resources, or its prompts, changed. */
  offersChanged?(kind: 'resource' | 'prompt'): void;
  /** It said that this resource changed, which `resources/subscribe` was asked for. */
  resourceUpdated?(uri: string): void;
  /** Whether anybody wants to hear of it still. */
  isWatched?(uri: string): boolean;
  /** An answer to a call that had already ended. */
  lateAnswer(callId: string, bytes: number): void;
}

export interface ListOptions {
  readonly lent: readonly Lent[];
  readonly signal: AbortSignal;
}

/** One connection to one tool server, for one tenant (and one instance unless it is shared). */
export interface ToolServerConnection {
  /** `resources/subscribe` is kept by the connection: it asks again whenever its server begins anew. */
  exchange(request: UpstreamRequest): Promise<ToolAnswer>;
  /** All pages, or a fault: `ToolServerFault` when the server had words for it. `lent` serves servers that want a credential even for their list. */
  listTools(options: ListOptions): Promise<readonly ToolDefinition[]>;
  /** Undefined until it is known, and where it does not matter. */
  speaks?(): 'modern' | 'legacy' | undefined;
  /** Somebody wants to hear of a resource through it. */
  isWatching?(): boolean;
  close(): Promise<void>;
}

/** Adapter kind: one per transport. */
export interface ToolServerTransport {
  readonly kind: ServerEntry['connect']['kind'];
  /** Opens lazily or at once; a fault shows at the first use. `lent` goes into a child's environment. */
  connect(
    server: ServerToConnect,
    lent: readonly Lent[],
    events: ToolServerEvents,
    /** Whose server it is: what a process keeps is kept apart by tenant. */
    tenant: string,
  ): ToolServerConnection;
  /**
   * A connection for the calls of one task of one instance. INVARIANT: whatever the server says there
   * beside its answers is for that task. Left away by a transport that has no use for it.
   */
  connectAlone?(server: ServerEntry, events: ToolServerEvents): ToolServerConnection;
}
