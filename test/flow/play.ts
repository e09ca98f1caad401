import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { joinLabels, noLabels } from '#kernel/label.ts';
import type { FlowLeak } from '#kernel/decision.ts';
import type { ToolClass } from '#kernel/tool.ts';
import { acts, createFlowMemory, readWords } from '#planes/flow/index.ts';
import { toolServerKind } from '#planes/tools/index.ts';
import type { Answer, Step } from './story.ts';

export type Classes = ReadonlyMap<string, ToolClass>;

export function classesOf(servers: Readonly<Record<string, JsonObject>>): Classes {
  return new Map(
    Object.entries(servers).flatMap(([name, spec]) => {
      const parsed = toolServerKind.parse(name, {
        connect: { url: 'http://127.0.0.1:1/mcp' },
        ...spec,
      });
      if (parsed.kind !== 'parsed') throw new Error(JSON.stringify(parsed.problems));
      return Object.entries(parsed.entry.tools).map(
        ([tool, one]) => [`${name}/${tool}`, one] as const,
      );
    }),
  );
}

/** One gateway: what it remembers is shared by all tasks, as far as it shares it. */
export interface Stage {
  /** A task begins, with the words of its user: it is asked about each call, and learns what came back. */
  begin(task: string, words: string | undefined): (step: Step) => Answer;
}

export function createStage(classes: Classes): Stage {
  const memory = createFlowMemory();
  let calls = 0;
  return {
    begin(task, words) {
      const said = readWords(words);
      let untrusted = false;
      let carried = noLabels;
      return ([target, args, result]) => {
        const toolClass = classes.get(target);
        if (toolClass === undefined) throw new Error(`no document says anything of ${target}`);
        const { flow, effect, reversible, resultLabels } = toolClass;
        const argumentsDigest = sha256Hex(canonicalText(args));
        const call = { target, arguments: args, argumentsDigest, effect };
        const asked = { ...call, reversible, words: said, untrusted, seenAll: true };
        const values = flow === undefined ? 'auto' : memory.judge(task, { ...asked, flow }).verdict;
        const kept = acts(toolClass)
          ? memory.leaks(task, {
              target,
              flow,
              effect,
              sensitivity: toolClass.sensitivity,
              arguments: args,
              labels: carried,
              seenAll: true,
              words: said?.wanted.text,
            })
          : [];
        const answer = worstOf(values, kept);
        carried = joinLabels(carried, resultLabels);
        const isUntrusted = resultLabels.includes('integrity:untrusted');
        untrusted ||= isUntrusted;
        calls += 1;
        const brought = { structuredContent: result ?? {} };
        memory.learn(task, {
          ...call,
          flow,
          call: `c${calls}`,
          untrusted: isUntrusted,
          whole: flow === undefined ? resultLabels : (flow.whole ?? noLabels),
          result: brought,
        });
        return answer;
      };
    },
  };
}

/** As what is built in answers: what is secret or of somebody else does not leave, of the rest a person decides. */
function worstOf(values: Answer, leaks: readonly FlowLeak[]): Answer {
  if (leaks.length === 0) return values;
  const isAsked = leaks.every(({ label }) => /:(?:personal|sensitive)$/.test(label));
  return isAsked && values !== 'no' ? 'step-up' : 'no';
}
