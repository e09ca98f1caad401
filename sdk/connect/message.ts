import { type JsonValue, readJson } from '../read-json.ts';

export type RpcId = string | number;
type Members = Readonly<Record<string, JsonValue>>;

/** What a bridge has to know of a message; the message itself goes on as the bytes that came. */
export interface Message {
  readonly kind: 'request' | 'notification' | 'response' | 'batch';
  /** Who waits for an answer: one, or several of a batch. */
  readonly ids: readonly RpcId[];
  readonly method: string;
  readonly params: Members;
  /** The revision that the message itself names: then it belongs to no session. */
  readonly revision: string | undefined;
}

const versionKey = 'io.modelcontextprotocol/protocolVersion';
const none: Members = {};

/** Undefined when it is no message of JSON-RPC. */
export function readMessage(bytes: Uint8Array): Message | undefined {
  const value = valueOf(bytes);
  if (Array.isArray(value)) return batchOf(value as readonly JsonValue[]);
  return isMembers(value) ? messageOf(value) : undefined;
}

function valueOf(bytes: Uint8Array): JsonValue | undefined {
  try {
    return readJson(bytes);
  } catch {
    return undefined;
  }
}

function messageOf(value: Members): Message | undefined {
  const { id, method, params } = value;
  if (typeof method !== 'string') {
    const answers = 'result' in value || 'error' in value;
    const ids = isId(id) ? [id] : [];
    return answers
      ? { kind: 'response', ids, method: '', params: none, revision: undefined }
      : undefined;
  }
  const given = isMembers(params) ? params : none;
  const meta = given['_meta'];
  const said = isMembers(meta) ? meta[versionKey] : undefined;
  return {
    kind: id === undefined ? 'notification' : 'request',
    ids: isId(id) ? [id] : [],
    method,
    params: given,
    revision: typeof said === 'string' ? said : undefined,
  };
}

function batchOf(values: readonly JsonValue[]): Message | undefined {
  const messages = values.map((one) => (isMembers(one) ? messageOf(one) : undefined));
  if (messages.length === 0 || messages.includes(undefined)) return undefined;
  const ids = messages.flatMap((one) => (one?.kind === 'request' ? one.ids : []));
  return { kind: 'batch', ids, method: '', params: none, revision: undefined };
}

/** An answer as it came, with what it answers; several in a batch. */
export interface Answered {
  readonly ids: readonly RpcId[];
  /** Says no to somebody whom it does not name. */
  readonly anonymous: JsonValue | undefined;
}

/** What messages of a gateway answer. Undefined when they are no JSON-RPC. */
export function readAnswered(bytes: Uint8Array): Answered | undefined {
  const value = valueOf(bytes);
  const all = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
  if (!all.every((one): one is Members => isMembers(one) && one['jsonrpc'] === '2.0')) {
    return undefined;
  }
  const answers = all.filter((one) => !('method' in one));
  const ids = answers.flatMap(({ id }) => (isId(id) ? [id] : []));
  const unnamed = answers.find(({ id }) => !isId(id));
  return { ids, anonymous: unnamed?.['error'] };
}

/** The members of a JSON object; undefined when it is something else. */
export function readMembers(bytes: Uint8Array): Members | undefined {
  const value = valueOf(bytes);
  return isMembers(value) ? value : undefined;
}

export function isMembers(value: JsonValue | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isId(value: JsonValue | undefined): value is RpcId {
  return typeof value === 'string' || typeof value === 'number';
}

/** 1 and "1" are two. */
export function keyOf(id: RpcId): string {
  return JSON.stringify(id);
}

export interface Trouble {
  readonly code: string;
  readonly message: string;
  readonly suggestedAction: string;
  /** What is known of what the request did. */
  readonly effect: 'none' | 'unknown';
}

/**
 * What the client is told when no answer came. INVARIANT: in a form that keeps its session alive: of
 * a tool as its result, which the model reads; of everything else as an error of the protocol.
 */
export function troubleBytes(message: Message, id: RpcId, trouble: Trouble): Buffer {
  if (message.method !== 'tools/call') return errorBytes(id, trouble);
  const result = {
    content: [{ type: 'text', text: JSON.stringify(trouble) }],
    isError: true,
    _meta: { 'dev.bailiwick/refusal': trouble },
    ...(message.revision === undefined ? {} : { resultType: 'complete' }),
  };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result }));
}

/** Of our own, outside of what JSON-RPC and MCP keep for themselves. */
const troubleCode = 503;

function errorBytes(id: RpcId, trouble: Trouble): Buffer {
  const error = { code: troubleCode, message: trouble.message, data: trouble };
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error }));
}

/** An error of the gateway that names nobody, told to whoever asked. */
export function namedErrorBytes(id: RpcId, error: JsonValue): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, error }));
}
