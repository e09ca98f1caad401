import type { Action, ArgumentHeaders, BroughtWords, Continued, Envelope } from '#kernel/call.ts';
import { type Refusal, refusal } from '#kernel/errors.ts';
import { emptyObject, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { ownPrefix } from '../own-keys.ts';
import { pageAskState } from '../page-ask.ts';
import { userAskState } from '../user-ask.ts';

export const approvalKey = `${ownPrefix}approval`;
export const wordsKey = `${ownPrefix}words`;
export const recordKey = `${ownPrefix}record`;

/** What a message asks, and what its `_meta` says beside it. */
export type Read = { readonly action: Action } & Partial<Beside>;

type Beside = Pick<Envelope, 'approvalHandle' | 'userReply' | 'pageReply' | 'words'>;

/** What differs from method to method; nothing else of the front asks which one it is. */
export interface Method {
  /**
   * Reads the params; with the server at whose own address they were sent, when there is one, and what
   * the headers beside them repeat.
   * INVARIANT: what cannot be enforced is refused, not ignored.
   */
  readonly read: (params: JsonObject, server?: string, headers?: ArgumentHeaders) => Read | Refusal;
  /** The member of the params that `Mcp-Name` repeats. */
  readonly names?: 'name' | 'uri';
  /** Where the items of a page stand in its result. */
  readonly items?: string;
  /** How long its caller may keep a result, in the revision that can say so. */
  readonly ttlMs?: number;
  /** The error code of a name that means nothing here; -32602 unless the revision has its own. */
  readonly notFound?: number;
  /** Its answer stays open. */
  readonly listens?: true;
  /** From then on its session hears of what it names, or not any more. */
  readonly subscribes?: true;
  readonly unsubscribes?: true;
  /** Its params say a level of the log, for the rest of the session. */
  readonly setsLevel?: true;
  /** Refusals that a model can act on are told as results: what it calls has a way to say no. */
  readonly refusesInResult?: true;
  /** More may be said in it than a question and its answer. */
  readonly talks?: true;
}

/** Parts of later protocol features. */
const unserved = ['task'];
const unservedOrReplies = [...unserved, 'inputResponses', 'requestState'];

/** What stands in the params beside what is asked, whatever that is. */
export function readBeside(params: JsonObject, isTalk = false): Beside | Refusal {
  // INVARIANT: what cannot be enforced is refused, not ignored.
  const refused = isTalk ? unserved : unservedOrReplies;
  const extra = refused.find((key) => params[key] !== undefined);
  if (extra !== undefined) return malformed(`\`${extra}\``);
  return readMeta(params['_meta']) ?? malformed('`_meta`');
}

/** What it replies to what it was asked by the last answer; undefined when it replies nothing. */
export function readContinued(params: JsonObject): Continued | Refusal | undefined {
  const { inputResponses: given, requestState: state } = params;
  if (given === undefined && state === undefined) return undefined;
  if (given !== undefined && !isJsonObject(given)) return malformed('`inputResponses`');
  if (state !== undefined && (typeof state !== 'string' || state.length > longestState)) {
    return malformed('`requestState`');
  }
  return { replies: given ?? emptyObject(), state };
}

/**
 * A reply to what the gateway itself had asked, and not its server. INVARIANT: such a call goes on nowhere: it is a call
 * like the first one, and counted like it.
 */
export function readUserReply(
  continued: Continued | undefined,
  { approvalHandle }: Pick<Envelope, 'approvalHandle'>,
): Pick<Envelope, 'approvalHandle' | 'userReply' | 'pageReply'> | Refusal | undefined {
  const { state, replies } = continued ?? {};
  const prefix = [userAskState, pageAskState].find((one) => state?.startsWith(one) === true);
  if (state === undefined || prefix === undefined) return undefined;
  const handle = state.slice(prefix.length);
  if (handle.length > 64 || (approvalHandle ?? handle) !== handle)
    return malformed('`requestState`');
  return prefix === userAskState
    ? { approvalHandle: handle, userReply: replies }
    : { approvalHandle: handle, pageReply: replies };
}

/** Of a handle that is ours. */
const longestState = 256;

export function readMeta(meta: unknown): Beside | undefined {
  if (meta === undefined) return { approvalHandle: undefined };
  if (!isJsonObject(meta)) return undefined;
  const handle = meta[approvalKey];
  if (handle !== undefined && (typeof handle !== 'string' || handle.length > 64)) return undefined;
  const words = readBrought(meta[wordsKey]);
  return words === 'malformed' ? undefined : { approvalHandle: handle, words };
}

/** `{ "signed": JWS }` or `{ "text": … }`. INVARIANT: what is longer than what is kept is refused, and not cut. */
function readBrought(given: unknown): BroughtWords | undefined | 'malformed' {
  if (given === undefined) return undefined;
  if (!isJsonObject(given) || Object.keys(given).length !== 1) return 'malformed';
  const { signed, text } = given;
  if (typeof signed === 'string' && signed.length <= longestSigned) {
    return { kind: 'signed', text: signed };
  }
  const fits = typeof text === 'string' && Buffer.byteLength(text) <= limits.intentBytes;
  return fits ? { kind: 'plain', text } : 'malformed';
}

/** With the words in base64url and what stands beside them. */
const longestSigned = 2 * limits.intentBytes;

export function malformed(what: string): Refusal {
  return refusal('admit/malformed', { message: `${what} of the params is not valid` });
}
