import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionInput, refundTool } from '#contracts/policy-engine.suite.ts';
import type { PolicySet } from '#contracts/policy-engine.ts';
import { limits } from '#kernel/limits.ts';
import { createCedarEngine } from './engine.ts';
import { judgeSet, judgeToText } from './judge.ts';
import { createJudgeThread } from './judge-thread.ts';
import { createCedarRuntime } from './runtime.ts';

let folder: string;

beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'judge-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A thread that does something else. */
function threadOf(name: string, script: string): URL {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `import { parentPort } from 'node:worker_threads';\n${script}\n`);
  return pathToFileURL(path);
}

function setOf(...cedar: readonly string[]): PolicySet {
  const policies = cedar.map((text, index) => ({ name: `p${index}`, cedar: text }));
  return { tenant: 'main', policies, targets: [refundTool] };
}

const good = setOf(
  `@id("small") permit(principal, action == Action::"billing/create_refund", resource)
when { context.input.amount < 500 && context.time > 0 };
@id("later") @approval("x") forbid(principal, action == Action::"billing/later", resource);`,
);

function many(count: number): PolicySet {
  const rules = Array.from(
    { length: count },
    (_, index) =>
      `@id("r${index}") permit(principal, action, resource) when { context.environment == "e${index}" };`,
  );
  return setOf(rules.join('\n'));
}

/** The longest that the loop let others wait meanwhile, in milliseconds. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let last = performance.now();
  let longest = 0;
  const look = (): void => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  const timer = setInterval(look, 1);
  await work();
  look();
  clearInterval(timer);
  return longest;
}

describe('policies that are judged in a thread', () => {
  it('are judged as on the loop, word for word and shape for shape', async () => {
    const runtime = createCedarRuntime();
    const sets = [good, setOf('@id("x") permit(principal, action resource);'), setOf('', '// no')];
    const judge = createJudgeThread();
    for (const set of sets) expect(await judge.judge(set)).toEqual(judgeToText(runtime, set));
  });

  it('let the loop go on: what blocks it is a small part of what it takes', async () => {
    const set = many(300);
    const runtime = createCedarRuntime();
    const inline = await longestBlock(async () => judgeSet(runtime, set));
    const engine = createCedarEngine();
    const apart = await longestBlock(async () => engine.load(set));
    expect(apart).toBeLessThan(inline / 2);
  });

  it('are asked about right after they are loaded, with no call to pay for it', async () => {
    const loaded = await createCedarEngine().load(good);
    if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems));
    const evaluation = await loaded.policies.evaluate(decisionInput({ arguments: { amount: 1 } }));
    expect(evaluation.applied.map(({ id }) => id)).toEqual(['small']);
  });

  it('are refused when the thread dies, and judged by another one the next time', async () => {
    const dying = threadOf('dying', `parentPort.once('message', () => process.exit(3));`);
    const judge = createJudgeThread({ worker: dying });
    const refused = {
      kind: 'invalid',
      problems: [{ message: 'the policies could not be judged' }],
    };
    const both = await Promise.all([judge.judge(good), judge.judge(good)]);
    expect(both).toMatchObject([refused, refused]);
    const answering = threadOf(
      'once',
      `parentPort.on('message', ({ id }) => {
        if (id > 1) throw new Error('gone');
        parentPort.postMessage({ id, judged: { kind: 'invalid', problems: [] } });
      });`,
    );
    const another = createJudgeThread({ worker: answering });
    for (const _ of [1, 2, 3]) {
      expect(await another.judge(good)).toEqual({ kind: 'invalid', problems: [] });
    }
  });

  it('are refused after `policyLoadMs`, when the thread goes on for ever', async () => {
    expect(limits.policyLoadMs).toBeGreaterThan(10_000);
    const stuck = threadOf('stuck', `parentPort.on('message', () => { for (;;); });`);
    const engine = createCedarEngine({ judge: createJudgeThread({ worker: stuck, mostMs: 50 }) });
    expect(await engine.load(good)).toMatchObject({
      kind: 'invalid',
      problems: [{ message: 'the policies took too long to judge' }],
    });
  });
});
