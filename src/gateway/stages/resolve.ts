import { isRefusal, refusal } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { StageParts } from '../stages.ts';
import type { Stage, StageResult, Walk } from '../walk.ts';

/** Is the tool in the manifest, its definition unchanged since approval, are the arguments valid? */
export function resolveStage(parts: StageParts): Stage {
  return (walk) => {
    switch (walk.call.kind) {
      case 'list':
        return resolvePage(parts, walk);
      case 'invoke':
        return resolveTool(parts, walk);
      case 'refresh':
        return parts.refresh.knows(walk);
      case 'greet':
      case 'notice':
      case 'refused':
        return undefined;
    }
  };
}

function resolvePage({ tools }: StageParts, walk: Walk): StageResult {
  if (walk.principal === undefined) return refusal('identity/missing');
  const page = tools.page(walk.principal, walk.call.cursor);
  if (isRefusal(page)) return page;
  walk.page = page;
  return undefined;
}

function resolveTool(parts: StageParts, walk: Walk): StageResult {
  const { call, principal } = walk;
  if (principal === undefined) return refusal('identity/missing');
  if (call.tool === undefined) return refusal('tools/not-visible');
  walk.argumentsCommitment = parts.recorder.commit(call.argumentBytes);
  // INVARIANT: one answer for what is hidden, stopped out of sight or not there at all.
  if (!parts.tools.sees(principal, call.tool)) return refusal('tools/not-visible');
  const stopped = parts.state.overlay.forbids(principal, call.tool);
  if (stopped !== undefined) return stopped;
  const resolved = parts.tools.resolve(principal, call.tool, call.arguments);
  if (isRefusal(resolved)) return resolved;
  walk.tool = resolved;
  walk.argumentsDigest = sha256Hex(call.argumentBytes);
  if (resolved.outsideEnvelope !== undefined) return resolved.outsideEnvelope;
  if (parts.unreconciled.has(walk)) return refusal('audit/unreconciled');
  // An unbound token proves no key: it reads, unless the agent's document widens it.
  if (
    principal.binding === 'none' &&
    !resolved.agent.unboundEffects.includes(resolved.toolClass.effect)
  ) {
    return refusal('identity/unbound-not-allowed');
  }
  return parts.openCalls.toServer(call, principal, resolved.server);
}
