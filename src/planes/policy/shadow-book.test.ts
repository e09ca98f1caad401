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
function viewOf(shadow: PolicyView['shadow'], digest = 'now'): PolicyView {
  return { shadowDigest: () => digest, shadow } as unknown as PolicyView;
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
    const told = JSON.stringify(book.told(view));
    expect(Buffer.byteLength(told)).toBeLessThan(16_384);
    const report = shadowReportOf('main', [book.told(view)], 'now');
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
    const { compared, passedOver } = shadowReportOf('main', [book.told(view)], 'now');
    expect(compared + passedOver).toBe(1_000);
    expect(passedOver).toBeGreaterThan(0);
  });

  it('holds no more than so many bytes of arguments, and compares one that is large alone', async () => {
    const book = createShadowBook(new ManualClock());
    const view = viewOf(() => decided('allow'));
    const args = { rows: Array.from({ length: 1_000 }, () => ({ text: 'x'.repeat(1_000) })) };
    for (let at = 0; at < 10; at += 1) {
      const input = { ...asking('t'), arguments: args };
      book.note(view, { input, questions, decision: decided('allow') });
    }
    await book.settled();
    const first = shadowReportOf('main', [book.told(view)], 'now');
    expect(first).toMatchObject({ compared: 4, passedOver: 6 });
    for (let at = 0; at < 10; at += 1) {
      const input = { ...asking('t'), arguments: args };
      book.note(view, { input, questions, decision: decided('allow') });
      await book.settled();
    }
    const next = shadowReportOf('main', [book.told(view)], 'now');
    expect(next).toMatchObject({ compared: 14, passedOver: 6 });
  });

  it('begins anew when the rules are others, and adds up gateways that have those in force', async () => {
    const view = (digest: string) => viewOf(() => decided('deny', digest), digest);
    const note = async (book: ReturnType<typeof createShadowBook>, digest: string) => {
      const asked = { input: asking('t'), questions, decision: decided('allow') };
      book.note(view(digest), asked);
      await book.settled();
      return book.told(view(digest));
    };
    const book = createShadowBook(new ManualClock());
    const late = await note(createShadowBook(new ManualClock()), 'old');
    await note(book, 'old');
    const told = await note(book, 'new');
    expect(shadowReportOf('main', [told], 'new')).toMatchObject({ compared: 1 });
    // Whoever is told of last is no newer for that.
    for (const gateways of [
      [told, late, told],
      [late, told, told],
      [told, told, late],
    ]) {
      expect(shadowReportOf('main', gateways, 'new')).toMatchObject({
        policyDigest: 'new',
        compared: 2,
        lines: [{ calls: 2 }],
      });
    }
    expect(shadowReportOf('other', [told], 'new')).toMatchObject({ compared: 0, lines: [] });
    const odd = { tenant: 'main', digest: 'new', lines: [1, {}], compared: -1 };
    expect(shadowReportOf('main', [{ shadows: [odd] }], 'new')).toMatchObject({ compared: 0 });
  });

  it('keeps and tells nothing once no policy is in shadow', async () => {
    const book = createShadowBook(new ManualClock());
    const view = viewOf(() => decided('deny'));
    const asked = { input: asking('t'), questions, decision: decided('allow') };
    book.note(view, asked);
    await book.settled();
    const told = book.told(view);
    expect(told).toMatchObject({ shadows: [{ compared: 1 }] });
    expect(shadowReportOf('main', [told], undefined)).toMatchObject({ compared: 0, lines: [] });
    expect(book.told({ shadowDigest: () => undefined })).toEqual({});
    // It is not kept for when they are in shadow again.
    expect(book.told(view)).toEqual({});
  });
});
