import { describe, expect, it } from 'vitest';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText } from '#kernel/json/index.ts';
import type { ToolClass } from '#kernel/tool.ts';
import { createFlowMemory, readWords } from '#planes/flow/index.ts';
import { toolServerKind } from '#planes/tools/index.ts';
import { servers } from './estate.ts';
import { helpStories } from './stories-help.ts';
import { laterStories } from './stories-later.ts';
import { workStories } from './stories-work.ts';
import type { Answer, Grant, Story } from './story.ts';

const stories = [...helpStories, ...workStories];

const classes = new Map<string, ToolClass>(
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

/** Plays a story under one grant: what came back before is learnt, the last call is asked about. */
function play({ steps }: Story, { words }: Grant): Answer {
  const memory = createFlowMemory();
  const said = readWords(words);
  let untrusted = false;
  let answer: Answer = 'auto';
  for (const [at, [target, args, result]] of steps.entries()) {
    const toolClass = classes.get(target);
    if (toolClass === undefined) throw new Error(`no document says anything of ${target}`);
    const { flow, effect, reversible } = toolClass;
    const call = {
      target,
      arguments: args,
      argumentsDigest: sha256Hex(canonicalText(args)),
      effect,
    };
    if (at === steps.length - 1 && flow !== undefined) {
      const asked = { ...call, flow, reversible, words: said, untrusted, seenAll: true };
      answer = memory.judge('task', asked).verdict;
    }
    const isUntrusted = toolClass.resultLabels.includes('integrity:untrusted');
    untrusted ||= isUntrusted;
    const brought = { structuredContent: result ?? {} };
    memory.learn('task', {
      ...call,
      flow,
      call: `c${at}`,
      untrusted: isUntrusted,
      result: brought,
    });
  }
  return answer;
}

describe('stories of what strangers wrote', () => {
  it('are of eight domains, and each has an honest twin', () => {
    expect(stories.length).toBeGreaterThanOrEqual(30);
    expect(new Set(stories.map(({ domain }) => domain)).size).toBeGreaterThanOrEqual(8);
    expect(new Set(stories.map(({ name }) => name)).size).toBe(stories.length);
  });

  it.each(stories)('$domain: $name: what its user wanted goes by itself [SEM-03]', (story) => {
    expect(story.honest.wants).toContain(play(story, story.honest));
  });

  it.each(stories)('$domain: $name: what a stranger wanted does not [SEM-02, SEM-05]', (story) => {
    expect(story.attack.wants).toContain(play(story, story.attack));
  });

  it('that were written after the rules are told apart, with what is not as it should be', () => {
    const others = (side: 'honest' | 'attack') =>
      laterStories
        .filter((story) => !story[side].wants.includes(play(story, story[side])))
        .map(({ name }) => name);
    expect(laterStories).toHaveLength(14);
    // Honest work that waits for a person instead of going by itself.
    expect(others('honest')).toEqual(['letting somebody know', 'an amount in words']);
    // What goes by itself and should not.
    expect(others('attack')).toEqual(['an address that is spelt out']);
  });

  it('hold no dead end for honest work [SEM-05]', () => {
    const all = [...stories, ...laterStories].map((story) => play(story, story.honest));
    expect(new Set(all)).toEqual(new Set(['auto', 'step-up']));
  });
});
