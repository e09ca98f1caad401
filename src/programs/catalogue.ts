import { createOpenAiProvider } from '#adapters/model-provider/openai/index.ts';
import { createCedarEngine } from '#adapters/policy-engine/cedar/index.ts';
import { createStdioTransport } from '#adapters/tool-server/stdio/index.ts';
import { createStreamableHttpTransport } from '#adapters/tool-server/streamable-http/index.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';
import type { ModelProvider } from '#contracts/model-provider.ts';
import type { PlanePart } from '#contracts/plane-part.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import type { ToolServerTransport } from '#contracts/tool-server.ts';
import { createLlmProtocol } from '#gateway/llm/index.ts';
import { createMcpProtocol } from '#gateway/mcp/index.ts';
import type { Actions, Protocol } from '#gateway/index.ts';
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
import { resourceTemplates } from '#gateway/actions/resource-templates.ts';
import { toolCall, type ToolCallParts } from '#gateway/actions/tool-call.ts';
import { toolList } from '#gateway/actions/tool-list.ts';
import { agentKind } from '#planes/lifecycle/index.ts';
import { createModelKind, modelJudge, modelsPart } from '#planes/models/index.ts';
import { createPolicyGate, policyKind } from '#planes/policy/index.ts';
import {
  createToolGate,
  manifestKind,
  promptJudge,
  resourceJudge,
  toolJudge,
  toolServerKind,
} from '#planes/tools/index.ts';

/** What is built in, each kind of it in one list: whoever adds one adds a line here. */

/** The shapes of API that model providers speak. */
export const modelProviders: readonly ModelProvider[] = [createOpenAiProvider()];

/** The kinds of documents. */
export const documentKinds: readonly DocumentKind[] = [
  agentKind,
  manifestKind,
  toolServerKind,
  policyKind,
  createModelKind(modelProviders),
];

/** The planes' parts of a configuration and who judges targets by them, made anew for each program: what lives beside them is its own. */
export function createPlaneParts() {
  const tools = createToolGate();
  const policy = createPolicyGate({ engine: createCedarEngine(), kinds: documentKinds });
  const all: readonly PlanePart<unknown>[] = [tools, policy, modelsPart];
  const judges: readonly TargetJudge[] = [toolJudge(tools), resourceJudge, promptJudge, modelJudge];
  return { tools, policy, judges, all };
}

/** The ways to a tool server. */
export function toolServerTransports(): readonly ToolServerTransport[] {
  return [createStdioTransport(), createStreamableHttpTransport()];
}

/** The fronts. The address of the first is the one that is printed. */
export function protocols(info: { name: string; version: string }): readonly Protocol[] {
  return [createMcpProtocol(info), createLlmProtocol()];
}

type ActionParts = ToolCallParts & RefreshParts & ModelGenerateParts;

/** The kinds of action. What each needs stands in its own file. */
export function actions(parts: ActionParts): Actions {
  return {
    'tool-call': toolCall(parts),
    'tool-list': toolList(parts),
    'resource-list': resourceList(parts),
    'resource-templates': resourceTemplates(parts),
    'resource-read': resourceRead(parts),
    'prompt-list': promptList(parts),
    'prompt-get': promptGet(parts),
    'model-generate': modelGenerate(parts),
    'model-list': modelList({ models: modelsPart }),
    greet: greet(),
    notice: notice(),
    refresh: refresh(parts),
    refused: refused(),
  };
}
