import { createFormPoster } from '#adapters/credential-source/form-poster.ts';
import { createAuthZen } from '#adapters/decision-point/authzen/index.ts';
import { createOutbounds } from '#adapters/outbound/index.ts';
import { createStdioTransport } from '#adapters/tool-server/stdio/index.ts';
import { createStreamableHttpTransport } from '#adapters/tool-server/streamable-http/index.ts';
import type { ToolServerTransport } from '#contracts/tool-server.ts';
import { createLlmProtocol } from '#gateway/llm/index.ts';
import { createMcpProtocol, type McpParts } from '#gateway/mcp/index.ts';
import type { Actions, Protocol } from '#gateway/index.ts';
import { complete } from '#gateway/actions/complete.ts';
import { greet } from '#gateway/actions/greet.ts';
import { modelGenerate, type ModelGenerateParts } from '#gateway/actions/model-generate.ts';
import { modelList } from '#gateway/actions/model-list.ts';
import { notice } from '#gateway/actions/notice.ts';
import { promptGet } from '#gateway/actions/prompt-get.ts';
import { promptList } from '#gateway/actions/prompt-list.ts';
import { refresh, type RefreshParts } from '#gateway/actions/refresh.ts';
import { refused } from '#gateway/actions/refused.ts';
import { resourceList } from '#gateway/actions/resource-list.ts';
import { resourceRead } from '#gateway/actions/resource-read.ts';
import { resourceSubscribe } from '#gateway/actions/resource-subscribe.ts';
import { resourceTemplates } from '#gateway/actions/resource-templates.ts';
import { resultPage } from '#gateway/actions/result-page.ts';
import { toolCall, type ToolCallParts } from '#gateway/actions/tool-call.ts';
import { toolList, type ToolListParts } from '#gateway/actions/tool-list.ts';
import { limits } from '#kernel/limits.ts';
import { modelsPart } from '#planes/models/index.ts';

/**
 * What is built into a gateway alone: how it is asked, how it asks, and what it does meanwhile. Apart
 * from what control needs as well, so that control reads none of it.
 */

/** The way to authorization servers of tool servers. */
export const formPoster = createFormPoster(createOutbounds({ connections: 32 }));

/** The way to decision points that entitlements name; each keeps as many connections as it may have questions. */
export const decisionPoint = createAuthZen(createOutbounds({ connections: limits.pdpQuestions }));

/** The ways to a tool server. */
export function toolServerTransports(homes: string): readonly ToolServerTransport[] {
  return [createStdioTransport({ homes }), createStreamableHttpTransport()];
}

/** The fronts. The address of the first is the one that is printed. */
export function protocols(
  info: { name: string; version: string },
  parts?: McpParts,
): readonly Protocol[] {
  return [createMcpProtocol(info, parts), createLlmProtocol()];
}

type ActionParts = ToolCallParts & ToolListParts & RefreshParts & ModelGenerateParts;

/** The kinds of action. What each needs stands in its own file. */
export function actions(parts: ActionParts): Actions {
  return {
    'tool-call': toolCall(parts),
    'tool-list': toolList(parts),
    'resource-list': resourceList(parts),
    'resource-templates': resourceTemplates(parts),
    'resource-read': resourceRead(parts),
    'resource-subscribe': resourceSubscribe(parts),
    'prompt-list': promptList(parts),
    'prompt-get': promptGet(parts),
    complete: complete(parts),
    'result-page': resultPage(parts),
    'model-generate': modelGenerate(parts),
    'model-list': modelList({ models: modelsPart }),
    greet: greet(),
    notice: notice(),
    refresh: refresh(parts),
    refused: refused(),
  };
}
