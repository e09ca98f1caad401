import { describe, expect, it } from 'vitest';
import type { Decision, DecisionInput } from '#kernel/decision.ts';
import { ManualClock } from '#kernel/time.ts';
import type { PolicyView } from './door.ts';
import { createShadowBook, shadowReportOf } from './shadow-book.ts';

const questions = { mayCallTool: true, insideEnvelope: true, crossesSensitivity: false };

function decided(effect: Decision['effect'], policyDigest = 'now'): Decision {
  return {
    effect,
    rules: ['r'],
    policyDigest,
    questions,
    approvalClass: effect === 'approve' ? 'write' : undefined,
    explanation: '',
    errors: [],
  };
}

function asking(name: string): DecisionInput {
  return {
    tenant: 'main',
    agent: 'worker',
    instance: 'i',
    user: undefined,
    binding: 'dpop',
    target: { kind: 'tool', owner: 'fake', name },
    targetDigest: '',
    effectClass: 'write',
    reversible: false,
    sensitivity: 'internal',
    arguments: {},
    labels: [],
    environment: 'dev',
    time: 0,
  };
}

/** Of a policy part nothing but its shadows is asked. */
function viewOf(shadow: PolicyView['shadow']): PolicyView {
  return { hasShadow: () => true, shadow } as unknown as PolicyView;
}

describe('what shadows would change', () => {
  it('stays within its bounds, whatever is called, and tells what it left out', async () => {
    const book = createShadowBook(new ManualClock());
    const view = viewOf(() => decided('deny'));
    for (let round = 0; round < 3; round += 1) {
      for (let at = 0; at < 400; at += 1) {
        book.note(view, { input: asking(`t${at}`), questions, decision: decided('allow') });
        if (at % 50 === 49) await book.settled();
      }
    }
    const told = JSON.stringify(book.told());
    expect(Buffer.byteLength(told)).toBeLessThan(16_384);
    const report = shadowReportOf('main', [book.told()]);
    expect(report).toMatchObject({ compared: 1_200, differing: 1_200 });
    expect(report.lines).toHaveLength(40);
    const inLines = report.lines.reduce((sum, { calls }) => sum + calls, 0);
    expect(inLines + report.more).toBe(1_200);
  });

  it('passes over what comes faster than it is compared, and says how many', async () => {
    const book = createShadowBook(new ManualClock());
    const view = viewOf(() => decided('allow'));
    for (let at = 0; at < 1_000; at += 1) {
      book.note(view, { input: asking('t'), questions, decision: decided('allow') });
    }
    await book.settled();
    const { compared, passedOver } = shadowReportOf('main', [book.told()]);
    expect(compared + passedOver).toBe(1_000);
    expect(passedOver).toBeGreaterThan(0);
  });

  it('begins anew when the rules are others, and adds up gateways that have the same', async () => {
    const book = createShadowBook(new ManualClock());
    const note = async (digest: string) => {
      const view = viewOf(() => decided('deny', digest));
      book.note(view, { input: asking('t'), questions, decision: decided('allow') });
      await book.settled();
    };
    await note('old');
    await note('new');
    const [one] = [shadowReportOf('main', [book.told()])];
    expect(one).toMatchObject({ policyDigest: 'new', compared: 1 });
    expect(shadowReportOf('main', [book.told(), book.told()])).toMatchObject({
      compared: 2,
      lines: [{ calls: 2 }],
    });
    expect(shadowReportOf('other', [book.told()])).toMatchObject({ compared: 0, lines: [] });
    expect(
      shadowReportOf('main', [{ shadows: [{ tenant: 'main', lines: [1, {}], compared: -1 }] }]),
    ).toMatchObject({ compared: 0 });
  });
});
