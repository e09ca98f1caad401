import type { Content } from '#kernel/call.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { isRefusal, type Refusal, refusal } from '#kernel/errors.ts';
import { noLabels } from '#kernel/label.ts';
import type { Principal } from '#kernel/principal.ts';
import { type ToolId, toolOf, toolTarget } from '#kernel/tool.ts';
import type { RefusedSubject } from '#planes/policy/index.ts';
import { mayNotCall, type ResolvedTool, threeQuestions } from '#planes/tools/index.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** Is the tool in the manifest, its definition unchanged since approval, are the arguments valid? */
export function resolveStage(parts: StageParts): Stage {
  return (walk) => {
    const { action } = walk.call;
    switch (action.kind) {
      case 'tool-list':
        return resolvePage(parts, walk, action.cursor);
      case 'tool-call':
        return resolveTool(parts, walk, action);
      case 'refresh':
        return parts.refresh.knows(walk);
      case 'greet':
      case 'notice':
      case 'refused':
        return undefined;
    }
  };
}

function resolvePage({ tools }: StageParts, walk: Walk, cursor: string | undefined): StageResult {
  const { principal, configuration } = walk;
  if (principal === undefined || configuration === undefined) return refusal('identity/missing');
  const page = configuration.of(tools).page(principal, cursor, tools.quarantine);
  if (isRefusal(page)) return page;
  walk.page = page;
  return undefined;
}

function resolveTool(parts: StageParts, walk: Walk, content: Content): ReturnType<Stage> {
  const { call, principal, configuration } = walk;
  const id = toolOf(content.target);
  if (principal === undefined || configuration === undefined) return refusal('identity/missing');
  if (id === undefined) return refusal('tools/not-visible');
  const tools = configuration.of(parts.tools);
  const policy = configuration.of(parts.policy);
  walk.argumentsCommitment = parts.recorder.commit(content.argumentBytes);
  // INVARIANT: one answer for what is hidden, stopped out of sight or not there at all.
  if (!tools.sees(principal, id)) {
    walk.decision = policy.refuse(subjectOf(principal, id, undefined), mayNotCall);
    return refusal('tools/not-visible');
  }
  const stopped = parts.state.overlay.forbids(principal, id);
  if (stopped !== undefined) return stopped;
  const resolved = tools.resolve(principal, id, content.arguments, parts.tools.quarantine);
  if (isRefusal(resolved)) return withoutSecrets(parts, resolved);
  walk.tool = resolved;
  walk.argumentsDigest = sha256Hex(content.argumentBytes);
  if (resolved.outsideEnvelope !== undefined) {
    const subject = subjectOf(principal, resolved.id, resolved);
    walk.decision = policy.refuse(subject, threeQuestions(resolved));
    return withoutSecrets(parts, resolved.outsideEnvelope);
  }
  // An unbound token proves no key: it reads, unless the agent's document widens it.
  if (
    principal.binding === 'none' &&
    !resolved.agent.unboundEffects.includes(resolved.toolClass.effect)
  ) {
    return refusal('identity/unbound-not-allowed');
  }
  const repeated = parts.unreconciled.judge(walk);
  const enter = (no: Refusal | undefined) =>
    no ?? parts.openCalls.toServer(call, principal, resolved.server);
  return repeated instanceof Promise ? repeated.then(enter) : enter(repeated);
}

function subjectOf(
  { tenant, agent }: Principal,
  tool: ToolId,
  resolved: ResolvedTool | undefined,
): RefusedSubject {
  const { effect, reversible } = resolved?.toolClass ?? { effect: 'write', reversible: false };
  const target = toolTarget(tool);
  return { tenant, agent, target, effectClass: effect, reversible, labels: noLabels };
}

/** Names of members come from the caller, and one may be a secret: told and recorded without it. */
function withoutSecrets({ inspector }: StageParts, no: Refusal): Refusal {
  const { message, details } = inspector.redact({
    message: no.message,
    details: no.details ?? null,
  }).value;
  return { ...no, message, ...(details === null ? {} : { details }) };
}
