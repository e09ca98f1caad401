import { isWhole } from '#contracts/rights.ts';
import type { TargetJudge } from '#contracts/target-judge.ts';
import { isRefusal, refusal } from '#kernel/errors.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import { type ToolClass, toolOf, toolTarget } from '#kernel/tool.ts';
import type { JudgedTool, ResolvedTool, ToolGate } from './door.ts';
import { leastArguments } from './least-arguments.ts';
import { threeQuestions } from './three-questions.ts';
import { own } from './toolset.ts';

export function toolJudge(gate: ToolGate): TargetJudge<JudgedTool> {
  return {
    kinds: ['tool'],
    hidden: 'tools/not-visible',
    sees({ configuration, principal }, target) {
      const id = toolOf(target);
      return id !== undefined && configuration.of(gate).sees(principal, id) ? target : undefined;
    },
    complete({ configuration, principal }, target, args, headers) {
      const id = toolOf(target);
      return id === undefined
        ? args
        : configuration.of(gate).complete(principal, id, args, headers);
    },
    judge({ configuration, principal }, target, args) {
      const id = toolOf(target);
      if (id === undefined) return refusal('tools/not-visible');
      const tool = configuration.of(gate).resolve(principal, id, args, gate.quarantine);
      if (isRefusal(tool)) return tool;
      // INVARIANT: a phase softens what an agent may by itself, and nobody's right behind it.
      return judgedTool(tool, isWhole(principal) ? tool.toolClass.phase : undefined);
    },
    declares({ configuration, principal: { tenant } }, target) {
      const id = toolOf(target);
      if (id === undefined) return false;
      const server = own(configuration.snapshot.tenants[tenant]?.servers ?? {}, id.server);
      const isClassed = server !== undefined && own(server.tools, id.tool) !== undefined;
      return isClassed || configuration.of(gate).pinned(tenant, id) !== undefined;
    },
    usual(target, { configuration, principal: { tenant } }) {
      const id = toolOf(target);
      const schema = id && configuration.of(gate).pinned(tenant, id)?.definition['inputSchema'];
      return schema !== undefined && isJsonObject(schema) ? leastArguments(schema) : {};
    },
  };
}

function judgedTool(tool: ResolvedTool, phase: ToolClass['phase']): JudgedTool {
  const { id, pinned, manifest, agent, toolClass, outsideEnvelope } = tool;
  return {
    tool,
    judged: {
      target: toolTarget(id),
      digest: pinned.digest,
      manifest: manifest.name,
      environment: agent.environment,
      autonomy: agent.autonomy,
      subjectClass: toolClass,
      questions: threeQuestions(tool),
      outsideEnvelope,
      phase,
    },
  };
}
