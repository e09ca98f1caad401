import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionInput, refundTool } from '#contracts/policy-engine.suite.ts';
import type { PolicySet } from '#contracts/policy-engine.ts';
import { limits } from '#kernel/limits.ts';
import { judgeSet } from './judge.ts';
import { sourceOf } from './judged.ts';
import { writeJudged } from './judged-text.ts';
import type { OracleSet } from './oracle.ts';
import { createOracleThread } from './oracle-thread.ts';
import { questionOf } from './question.ts';
import { createCedarRuntime } from './runtime.ts';

/** However busy this machine is. */
const patient = { mostMs: 60_000 };

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'oracle-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** A thread that does something else. */
function threadOf(name: string, script: string): URL {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `import { parentPort } from 'node:worker_threads';\n${script}\n`);
  return pathToFileURL(path);
}

const runtime = createCedarRuntime();

function setOf(id: string, tenant = 'main') {
  const cedar = `@id("${id}") permit(principal, action == Action::"billing/create_refund", resource) when { context.input.amount < 500 };
@id("overflow") forbid(principal, action == Action::"billing/create_refund", resource) when { context.input.amount * 9007199254740991 > 1 };`;
  const set: PolicySet = { tenant, policies: [{ name: 'p', cedar }], targets: [refundTool] };
  const judged = judgeSet(runtime, set);
  if (judged.kind === 'invalid') throw new Error(JSON.stringify(judged.problems));
  const source = sourceOf(set);
  const asked: OracleSet = { tenant, source, text: writeJudged(judged.set, source) };
  const question = (amount: number) =>
    questionOf(decisionInput({ arguments: { amount } }), judged.set.vocabulary);
  return { asked, question };
}

describe('the reference implementation in its own thread', () => {
  it('names every rule that applies and every one that is an error, and what it took', async () => {
    const { asked, question } = setOf('small');
    const oracle = createOracleThread(patient);
    expect(await oracle.ask(asked, question(0))).toMatchObject({
      satisfied: ['small'],
      errors: [],
    });
    const { satisfied, errors, ms } = await oracle.ask(asked, question(4_000));
    expect({ satisfied, ids: errors.map(({ id }) => id) }).toEqual({
      satisfied: [],
      ids: ['overflow'],
    });
    expect(errors[0]?.message).not.toContain('4000');
    expect(ms).toBeGreaterThan(0);
  });

  it('answers of many sets, of more than it keeps too', async () => {
    const oracle = createOracleThread(patient);
    const sets = ['a', 'b', 'c', 'd'].map((id) => ({ id, ...setOf(id) }));
    for (const _ of [1, 2]) {
      for (const { id, asked, question } of sets) {
        expect((await oracle.ask(asked, question(0))).satisfied).toEqual([id]);
      }
    }
    const other = setOf('a', 'other');
    expect((await oracle.ask(other.asked, other.question(0))).satisfied).toEqual(['a']);
  });

  it('is a fault for what it cannot read, and answers what comes after it', async () => {
    const { asked, question } = setOf('small');
    const oracle = createOracleThread(patient);
    const other = { ...asked, source: 'another' };
    await expect(oracle.ask(other, question(0))).rejects.toThrow('cannot be read again');
    expect((await oracle.ask(asked, question(0))).satisfied).toEqual(['small']);
  });

  it('is a fault when it dies, and another one is asked the next time', async () => {
    const { asked, question } = setOf('small');
    const worker = threadOf(
      'once',
      `let asked = 0;
      parentPort.on('message', ({ id }) => {
        asked += 1;
        if (asked > 1) process.exit(3);
        parentPort.postMessage({ id, kind: 'answer', satisfied: ['small'], errors: [], ms: 1 });
      });`,
    );
    const oracle = createOracleThread({ ...patient, worker });
    for (const _ of [1, 2]) {
      expect((await oracle.ask(asked, question(0))).satisfied).toEqual(['small']);
      await expect(oracle.ask(asked, question(0))).rejects.toThrow('could not be asked');
    }
  });

  it('is a fault after `policyOracleMs`, and for more than `policyOracleWaiting` that wait', async () => {
    expect(limits.policyOracleMs).toBeLessThan(limits.upstreamTimeoutMs);
    const { asked, question } = setOf('small');
    const worker = threadOf('stuck', `parentPort.on('message', () => { for (;;); });`);
    const oracle = createOracleThread({ worker, mostMs: 200 });
    const waiting = Array.from({ length: limits.policyOracleWaiting }, async () =>
      oracle.ask(asked, question(0)),
    );
    await expect(oracle.ask(asked, question(0))).rejects.toThrow('too many calls');
    for (const each of await Promise.allSettled(waiting)) {
      expect(String(each.status === 'rejected' ? each.reason : '')).toContain('too long');
    }
  });

  it('is ended when nobody asked for `policyOracleIdleMs`, and started again', async () => {
    expect(limits.policyOracleIdleMs).toBeGreaterThan(limits.policySampleMs);
    const { asked, question } = setOf('small');
    const worker = threadOf(
      'counting',
      `let asked = 0;
      parentPort.on('message', ({ id }) => {
        asked += 1;
        parentPort.postMessage({ id, kind: 'answer', satisfied: [String(asked)], errors: [], ms: 1 });
      });`,
    );
    const oracle = createOracleThread({ ...patient, worker, idleMs: 0 });
    const first = async () => (await oracle.ask(asked, question(0))).satisfied;
    expect(await first()).toEqual(['1']);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await first()).toEqual(['1']);
  });
});
