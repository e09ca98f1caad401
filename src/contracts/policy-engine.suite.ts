import { beforeEach, describe, expect, it } from 'vitest';
import type { DecisionInput } from '#kernel/decision.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import { toolTarget } from '#kernel/tool.ts';
import type { LoadedPolicies, NamedTarget, PoliciesLoad, PolicyEngine } from './policy-engine.ts';

/** Texts in the engine's own language, so that one suite judges every engine. */
export interface EngineTexts {
  /** Permits everything; rule id `permit-all`. */
  readonly permitAll: string;
  /** Permits everything but asks a human of class `write`; rule id `permit-asking`. */
  readonly permitAsking: string;
  /** Forbids effect `delete`; rule id `forbid-delete`. */
  readonly forbidDelete: string;
  /** Forbids effect `delete` unless a human of class `dba` says yes; rule id `forbid-asking`. */
  readonly forbidAsking: string;
  /** Permits `billing/create_refund` while its integer `amount` is below 500; rule id `small`. */
  readonly smallRefund: string;
  /** Forbids any refund whose amount times ten is above 100; overflows. Rule id `overflow`. */
  readonly overflowing: string;
  /** Not of the language. The fault stands in line 2. */
  readonly broken: string;
  /** Reads an attribute that does not exist. */
  readonly unsafe: string;
}

const refundDefinition: JsonObject = {
  name: 'create_refund',
  inputSchema: {
    type: 'object',
    properties: { amount: { type: 'integer' }, customer: { type: 'string' } },
    required: ['amount'],
  },
};

export const refundTool: NamedTarget = {
  target: toolTarget({ server: 'billing', tool: 'create_refund' }),
  digest: 'd1',
  input: refundDefinition['inputSchema'] as JsonObject,
};

export const refundPin: PinnedTool = {
  tool: 'create_refund',
  digest: 'd1',
  definition: refundDefinition,
  approvedBy: 'ann',
  approvedAt: 0,
};

export function decisionInput(over: Partial<DecisionInput> = {}): DecisionInput {
  return {
    tenant: 'main',
    agent: 'bot',
    instance: 'bot-1',
    user: undefined,
    binding: 'dpop',
    target: toolTarget({ server: 'billing', tool: 'create_refund' }),
    targetDigest: 'd1',
    effectClass: 'write',
    reversible: false,
    sensitivity: 'internal',
    arguments: { amount: 100 },
    labels: [],
    environment: 'production',
    time: 1_790_000_000_000,
    ...over,
  };
}

/** What every policy engine promises. */
export function policyEngineSuite(make: () => PolicyEngine, texts: EngineTexts): void {
  describe('a policy engine', () => {
    let engine: PolicyEngine;
    beforeEach(() => {
      engine = make();
    });

    async function load(...cedar: readonly string[]): Promise<PoliciesLoad> {
      const policies = cedar.map((text, index) => ({ name: `policy-${index}`, cedar: text }));
      return engine.load({ tenant: 'main', policies, targets: [refundTool] });
    }

    async function loaded(...cedar: readonly string[]): Promise<LoadedPolicies> {
      const answer = await load(...cedar);
      if (answer.kind === 'invalid') throw new Error(JSON.stringify(answer.problems));
      return answer.policies;
    }

    it('applies no rule where there is none [POL-01]', async () => {
      const policies = await loaded();
      expect(await policies.evaluate(decisionInput())).toEqual({ applied: [], errors: [] });
    });

    it('names every satisfied rule of every kind at once [POL-04]', async () => {
      const policies = await loaded(
        texts.permitAll,
        texts.permitAsking,
        texts.forbidDelete,
        texts.forbidAsking,
      );
      expect(await policies.evaluate(decisionInput({ effectClass: 'delete' }))).toEqual({
        applied: [
          { id: 'forbid-asking', effect: 'forbid', approvalClass: 'dba' },
          { id: 'forbid-delete', effect: 'forbid', approvalClass: undefined },
          { id: 'permit-all', effect: 'permit', approvalClass: undefined },
          { id: 'permit-asking', effect: 'permit', approvalClass: 'write' },
        ],
        errors: [],
      });
      expect(
        (await policies.evaluate(decisionInput({ effectClass: 'read' }))).applied.map(
          ({ id }) => id,
        ),
      ).toEqual(['permit-all', 'permit-asking']);
    });

    it('judges arguments by their value [POL-16]', async () => {
      const policies = await loaded(texts.smallRefund);
      const applied = async (amount: number) =>
        (await policies.evaluate(decisionInput({ arguments: { amount } }))).applied.map(
          ({ id }) => id,
        );
      expect(await applied(499)).toEqual(['small']);
      expect(await applied(500)).toEqual([]);
    });

    it('reports an evaluation error instead of skipping the rule [POL-01]', async () => {
      const policies = await loaded(texts.permitAll, texts.overflowing);
      const { errors } = await policies.evaluate(
        decisionInput({ arguments: { amount: Number.MAX_SAFE_INTEGER } }),
      );
      expect(errors).toHaveLength(1);
      expect(errors[0]).toContain('overflow');
    });

    it.each([
      ['an integer beyond 53 bits', 9_007_199_254_740_992],
      ['a fraction', 1.5],
      ['text', '100'],
      ['null', null],
      ['a list', [100]],
    ])('reports an error for %s where an integer is declared [POL-01]', async (_name, amount) => {
      const policies = await loaded(texts.permitAll, texts.smallRefund);
      const { applied, errors } = await policies.evaluate(decisionInput({ arguments: { amount } }));
      expect({ applied, errors: errors.length }).toEqual({ applied: [], errors: 1 });
    });

    it('reports an error for a definition that is not the one it was loaded with', async () => {
      const policies = await loaded(texts.smallRefund);
      const { errors } = await policies.evaluate(decisionInput({ targetDigest: 'd2' }));
      expect(errors).toHaveLength(1);
    });

    it('loads nothing when one of several texts is invalid, and names all that are', async () => {
      const answer = await load(texts.broken, texts.permitAll, texts.unsafe);
      expect(answer.kind).toBe('invalid');
      if (answer.kind !== 'invalid') return;
      expect(new Set(answer.problems.map(({ policy }) => policy))).toEqual(
        new Set(['policy-0', 'policy-2']),
      );
      expect(answer.problems.find(({ policy }) => policy === 'policy-0')?.line).toBe(2);
    });

    it('refuses the same rule id twice', async () => {
      expect((await load(texts.permitAll, texts.permitAll)).kind).toBe('invalid');
    });

    it('names a bundle by what is in it [POL-04]', async () => {
      const one = (await loaded(texts.permitAll)).digest;
      expect((await loaded(texts.permitAll)).digest).toBe(one);
      expect((await loaded(texts.permitAll, texts.forbidDelete)).digest).not.toBe(one);
    });

    it('keeps an earlier bundle exact while later ones are loaded and asked', async () => {
      const bundles = [
        await loaded(texts.permitAll),
        await loaded(texts.permitAsking),
        await loaded(texts.forbidDelete),
        await loaded(texts.forbidAsking),
      ];
      const ids = ['permit-all', 'permit-asking', 'forbid-delete', 'forbid-asking'];
      for (let round = 0; round < 3; round += 1) {
        const answers = await Promise.all(
          bundles.map(async (bundle) => bundle.evaluate(decisionInput({ effectClass: 'delete' }))),
        );
        const seen = answers.map(({ applied }) => applied.map(({ id }) => id));
        expect(seen).toEqual(ids.map((id) => [id]));
      }
    });
  });
}
