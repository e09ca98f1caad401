import { createOpenAiProvider } from '#adapters/model-provider/openai/index.ts';
import { type CedarParts, createCedarEngine } from '#adapters/policy-engine/cedar/index.ts';
import type { DocumentKind } from '#contracts/document-kind.ts';
import type { ModelProvider } from '#contracts/model-provider.ts';
import type { PlanePart } from '#contracts/plane-part.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import { approvalRuleKind } from '#planes/approvals/index.ts';
import { clientKind, createHandOffKind, exchangeKind } from '#planes/delegation/index.ts';
import { speakerKind, stepUpKind, workloadIssuerKind } from '#planes/identity/index.ts';
import { directoryKind } from '#planes/directory/index.ts';
import { agentKind, agentsPart, environmentKind, templateKind } from '#planes/lifecycle/index.ts';
import { retentionKind } from '#planes/audit/index.ts';
import { createModelKind, modelJudge, modelsPart } from '#planes/models/index.ts';
import { identityProviderKind } from '#planes/sign-in/index.ts';
import { createPolicyGate, policyKind, riskListKind } from '#planes/policy/index.ts';
import {
  createToolGate,
  entitlementKind,
  manifestKind,
  promptJudge,
  readScope,
  registryKind,
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
  entitlementKind,
  identityProviderKind,
  clientKind,
  toolServerKind,
  registryKind,
  directoryKind,
  policyKind,
  stepUpKind,
  approvalRuleKind,
  retentionKind,
  workloadIssuerKind,
  createModelKind(modelProviders),
  exchangeKind,
  createHandOffKind(readScope),
  speakerKind,
  environmentKind,
  riskListKind,
  templateKind,
];

/** The planes' parts of a configuration and who judges targets by them, made anew for each program: what lives beside them is its own. */
export function createPlaneParts(parts: Pick<CedarParts, 'onDoubt'> = {}) {
  const tools = createToolGate();
  const policy = createPolicyGate({ engine: createCedarEngine(parts), kinds: documentKinds });
  const all: readonly PlanePart<unknown>[] = [tools, policy, modelsPart, agentsPart];
  const judges: readonly TargetJudge[] = [toolJudge(tools), resourceJudge, promptJudge, modelJudge];
  return { tools, policy, judges, all };
}
