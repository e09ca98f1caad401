import { describe, expect, it } from 'vitest';
import type { RecordType } from '#kernel/record.ts';
import { requiredParts } from '#planes/audit/index.ts';
import { filesWith, quoted, readSources } from './sources.ts';

const { product, tests } = readSources();
const tables = ['src/kernel/record.ts', 'src/planes/audit/required.ts'];

interface Source {
  /** What went well. */
  readonly done: readonly RecordType[];
  /** What was refused; each says why, with a code. */
  readonly refused: readonly RecordType[];
}

/** Where events come from, as a requirement asks for them, and which records tell of them. */
const sources: Readonly<Record<string, Source>> = {
  'authentication of agents': {
    done: ['identity.enrolled', 'token.issued', 'gateway.greeted'],
    refused: ['identity.refused', 'token.refused', 'gateway.refused', 'gateway.refused-unknown'],
  },
  'authentication of people': {
    done: ['identity.signed-in', 'identity.session-ended', 'identity.elevated'],
    refused: ['identity.sign-in-refused', 'api.refused'],
  },
  'authentication of directories': {
    done: ['directory.token-issued', 'directory.user-changed'],
    refused: ['directory.refused'],
  },
  'policy decisions': {
    done: ['policy.intent', 'policy.outcome', 'gateway.held', 'policy.listed'],
    refused: ['gateway.refused', 'gateway.refused-repeated'],
  },
};

/** Refusals of these are told by their details: no single caller is behind them. */
const changes: readonly RecordType[] = [
  'config.applied',
  'config.refused',
  'config.change-requested',
  'config.change-approved',
  'config.change-ended',
  'tool.approved',
  'tool.phase-changed',
  'tool.effect-changed',
  'credential.stored',
  'credential.removed',
  'identity.person-added',
  'identity.person-changed',
  'export.changed',
];

const all = Object.values(sources).flatMap(({ done, refused }) => [...done, ...refused]);

describe('what is on record of each source of events', () => {
  it('is who, in which tenant and when, well or not, with an emitter and a test of each [AUD-15]', () => {
    for (const type of [...all, ...changes]) {
      expect(requiredParts[type], type).toBeDefined();
      expect(filesWith(product, quoted(type), tables), type).not.toEqual([]);
      expect(filesWith(tests, quoted(type)), type).not.toEqual([]);
    }
  });

  it('is a reason with a code wherever somebody was refused, and what changed wherever something was [AUD-15]', () => {
    for (const [name, { done, refused }] of Object.entries(sources)) {
      expect(done.length, name).toBeGreaterThan(0);
      expect(
        refused.filter((type) => !requiredParts[type].includes('refusal')),
        name,
      ).toEqual([]);
    }
    expect(changes.filter((type) => !requiredParts[type].includes('details'))).toEqual([]);
  });

  it('is the policy decision and its rule in each record of a call that was decided [AUD-15]', () => {
    for (const type of ['policy.intent', 'policy.outcome', 'gateway.held'] as const) {
      expect(requiredParts[type]).toContain('decision');
    }
  });
});
