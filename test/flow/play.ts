import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { ToolClass } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from '#planes/flow/index.ts';
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
      return ([target, args, result]) => {
        const toolClass = classes.get(target);
        if (toolClass === undefined) throw new Error(`no document says anything of ${target}`);
        const { flow, effect, reversible, resultLabels } = toolClass;
        const argumentsDigest = sha256Hex(canonicalText(args));
        const call = { target, arguments: args, argumentsDigest, effect };
        const asked = { ...call, reversible, words: said, untrusted, seenAll: true };
        const answer = flow === undefined ? 'auto' : memory.judge(task, { ...asked, flow }).verdict;
        const isUntrusted = resultLabels.includes('integrity:untrusted');
        untrusted ||= isUntrusted;
        calls += 1;
        const brought = { structuredContent: result ?? {} };
        memory.learn(task, {
          ...call,
          flow,
          call: `c${calls}`,
          untrusted: isUntrusted,
          result: brought,
        });
        return answer;
      };
    },
  };
}
