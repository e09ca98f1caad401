import { describe, expect, it } from 'vitest';
import type { Label } from '#kernel/label.ts';
import type { ResolvedModel } from './door.ts';
import { modelQuestions } from './questions.ts';

const levels = ['public', 'internal', 'sensitive'] as const;
const crosses = (sensitivity: (typeof levels)[number], labels: readonly Label[]) =>
  modelQuestions({ model: { sensitivity }, outsideEnvelope: undefined } as ResolvedModel, labels)
    .crossesSensitivity;

describe('what may be sent to a model', () => {
  it('is nothing confidential, unless its document says that it may be sent what is sensitive', () => {
    for (const label of [
      'confidentiality:personal',
      'confidentiality:secret',
      'confidentiality:sensitive',
    ] as const) {
      expect(levels.map((level) => crosses(level, [label]))).toEqual([true, true, false]);
    }
  });

  it('is what its document clears it for, and nothing else, whatever its sensitivity [SEM-10]', () => {
    const cleared = (clearance: readonly Label[], label: Label) =>
      modelQuestions(
        {
          model: { sensitivity: 'sensitive', clearance },
          outsideEnvelope: undefined,
        } as ResolvedModel,
        [label, 'integrity:untrusted'],
      ).crossesSensitivity;
    expect(cleared(['confidentiality:personal'], 'confidentiality:personal')).toBe(false);
    expect(cleared(['confidentiality:personal'], 'confidentiality:secret')).toBe(true);
    expect(cleared(['region:us'], 'region:eu')).toBe(true);
    expect(cleared([], 'tenant:acme')).toBe(true);
    expect(cleared([], 'integrity:untrusted')).toBe(false);
  });

  it('is whatever a task asks that has read nothing confidential, of any model', () => {
    for (const labels of [[], ['integrity:untrusted']] as const) {
      expect(levels.map((level) => crosses(level, labels))).toEqual([false, false, false]);
    }
  });
});
