import { canonicalText, isJsonObject, parseJson } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { createAgentFetch, enrol, generateInstanceKey } from '../../../sdk/index.ts';
import { type Admin, textOf } from './admin.ts';

export interface ToolCall {
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** How a call ended, as the agent sees it. */
export interface Called {
  readonly call: ToolCall;
  readonly decision: 'allowed' | 'refused' | 'held';
  readonly code: string | null;
  readonly record: string | null;
  /** What a model would read. */
  readonly text: string;
  readonly handle: string | undefined;
  readonly approval: string | undefined;
}

/** An agent without a model: it does what the script says, over the protocol that every agent uses. */
export interface ScriptedAgent {
  readonly name: string;
  call(tool: string, args: JsonObject, handle?: string): Promise<Called>;
  tools(): Promise<readonly string[]>;
}

export interface AgentPlace {
  readonly admin: Admin;
  readonly control: string;
  readonly gateway: string;
  readonly signal: AbortSignal;
  /** Sees every byte that an agent is answered with. */
  readonly witness: (bytes: Buffer) => void;
}

const revision = '2026-07-28';
const namespace = 'io.modelcontextprotocol/';
const recordKey = 'dev.bailiwick/record';
const refusalKey = 'dev.bailiwick/refusal';
const approvalKey = 'dev.bailiwick/approval';

/** Spends a join token on a key that never leaves this process. */
export async function enrolAgent(place: AgentPlace, name: string): Promise<ScriptedAgent> {
  const { admin, control, gateway } = place;
  const issued = await admin.post(`/v1/agents/${name}/join-token`, {});
  const key = generateInstanceKey();
  const identity = await enrol({ control, joinToken: textOf(issued, 'joinToken'), key });
  const url = new URL('/mcp', gateway).href;
  const agentFetch = createAgentFetch({ control, key, identity });
  let last = 0;
  const ask = async (method: string, params: JsonObject): Promise<JsonObject> => {
    last += 1;
    const { _meta: meta, ...rest } = params;
    const about = {
      [`${namespace}protocolVersion`]: revision,
      [`${namespace}clientCapabilities`]: {},
      [`${namespace}clientInfo`]: { name: 'scripted-agent', version: '1.0.0' },
      ...(meta as JsonObject | undefined),
    };
    const named = typeof rest['name'] === 'string' ? { 'mcp-name': rest['name'] } : {};
    const response = await agentFetch(url, {
      method: 'POST',
      signal: place.signal,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': revision,
        'mcp-method': method,
        ...named,
      },
      body: canonicalText({ jsonrpc: '2.0', id: last, method, params: { ...rest, _meta: about } }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    place.witness(bytes);
    const answer = parseJson(bytes);
    return isJsonObject(answer) ? answer : {};
  };
  return {
    name,
    async call(tool, args, handle) {
      const approval = handle === undefined ? {} : { _meta: { [approvalKey]: handle } };
      const answer = await ask('tools/call', { name: tool, arguments: args, ...approval });
      return readAnswer({ tool, arguments: args }, answer);
    },
    async tools() {
      const { result } = await ask('tools/list', {});
      const tools = isJsonObject(result) ? result['tools'] : undefined;
      return Array.isArray(tools) ? tools.map((tool) => textAt(tool as Json, 'name') ?? '') : [];
    },
  };
}

function readAnswer(call: ToolCall, answer: JsonObject): Called {
  const { error, result } = answer;
  if (isJsonObject(error)) {
    const data = error['data'] ?? null;
    return {
      call,
      decision: 'refused',
      code: textAt(data, 'code') ?? null,
      record: textAt(data, 'record') ?? null,
      text: textAt(error, 'message') ?? '',
      handle: undefined,
      approval: undefined,
    };
  }
  const meta = isJsonObject(result) ? (result['_meta'] ?? null) : null;
  const refusal = isJsonObject(meta) ? (meta[refusalKey] ?? null) : null;
  const code = textAt(refusal, 'code') ?? null;
  const held = code === 'approvals/pending';
  return {
    call,
    decision: held ? 'held' : code === null ? 'allowed' : 'refused',
    code,
    record: textAt(meta, recordKey) ?? null,
    text: contentText(result ?? null),
    handle: textAt(refusal, 'handle'),
    approval: textAt(refusal, 'approval'),
  };
}

function contentText(result: Json): string {
  const content = isJsonObject(result) ? result['content'] : undefined;
  if (!Array.isArray(content)) return '';
  return content.map((part) => textAt(part as Json, 'text') ?? '').join('\n');
}

function textAt(value: Json, key: string): string | undefined {
  const found = isJsonObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : undefined;
}
