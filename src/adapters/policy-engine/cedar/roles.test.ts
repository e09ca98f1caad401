import { describe, expect, it } from 'vitest';
import { decisionInput } from '#contracts/policy-engine.suite.ts';
import type { DecisionInput } from '#kernel/decision.ts';
import type { UserLeg } from '#kernel/principal.ts';
import { toolTarget } from '#kernel/tool.ts';
import { createComparedEngine } from '../../../../test/fakes/compared-engine.ts';

const pay = toolTarget({ server: 'billing', tool: 'pay' });
const input = {
  type: 'object',
  properties: { money: { type: 'number' } },
  required: ['money'],
} as const;

/** Whoever may ask for what: all of it is tried. */
interface Case {
  readonly person: UserLeg | undefined;
  readonly money: number;
  readonly via: readonly string[];
}

const roleSets = [[], ['finance'], ['support'], ['finance', 'support']] as const;
const devices = [undefined, 'device=managed', 'device=byod'] as const;

function* people(): Generator<UserLeg | undefined> {
  yield undefined;
  for (const groups of roleSets) {
    for (const acr of [undefined, 'phr'] as const) {
      for (const device of devices) {
        yield {
          subject: 'ada',
          issuer: 'https://idp.example',
          groups,
          ...(acr === undefined ? {} : { acr }),
          ...(device === undefined ? {} : { claims: [device] }),
        };
      }
    }
  }
}

const cases: readonly Case[] = [...people()].flatMap((person) =>
  [1, 499.5, 500, 5_000].flatMap((money) =>
    [[], ['planner']].map((via) => ({ person, money, via })),
  ),
);

const has = (role: string) => `(context has person && context.person.groups.contains("${role}"))`;
const strong =
  '(context has person && context.person has acr && context.person.acr == "phr" && context.person.claims.contains("device=managed"))';
const small = 'context.input.money.lessThan(decimal("500.0"))';
const rule = (id: string, effect: 'permit' | 'forbid', when: string) =>
  `@id("${id}") ${effect}(principal, action == Action::"billing/pay", resource) when { ${when} };`;

const isOf = ({ person }: Case, role: string) => person?.groups.includes(role) === true;
const isStrong = ({ person }: Case) =>
  person?.acr === 'phr' && person.claims?.includes('device=managed') === true;

interface Corpus {
  readonly cedar: readonly string[];
  /** The same in words of our own: what the rules mean. */
  readonly lets: (of: Case) => boolean;
}

const corpora: Readonly<Record<string, Corpus>> = {
  'roles alone': {
    cedar: [
      rule('finance-pays', 'permit', has('finance')),
      rule('support-never', 'forbid', has('support')),
    ],
    lets: (of) => isOf(of, 'finance') && !isOf(of, 'support'),
  },
  'attributes alone': {
    cedar: [
      rule('small-and-strong', 'permit', `${small} && ${strong}`),
      rule('not-handed-on', 'forbid', 'context has via'),
    ],
    lets: (of) => of.money < 500 && isStrong(of) && of.via.length === 0,
  },
  'roles among other attributes': {
    cedar: [
      rule('finance-small', 'permit', `${has('finance')} && ${small}`),
      rule('finance-strong', 'permit', `${has('finance')} && ${strong}`),
      rule('handed-on-for-support', 'forbid', `context has via && !${has('support')}`),
    ],
    lets: (of) =>
      isOf(of, 'finance') &&
      (of.money < 500 || isStrong(of)) &&
      (of.via.length === 0 || isOf(of, 'support')),
  },
};

function inputOf({ person, money, via }: Case): DecisionInput {
  return {
    ...decisionInput({ target: pay, arguments: { money } }),
    ...(person === undefined ? {} : { user: person.subject, person }),
    ...(via.length === 0 ? {} : { via }),
  };
}

describe('roles are one attribute among others', () => {
  it.each(Object.entries(corpora))(
    'so that rules over %s let go what they mean, of everybody and for every amount [POL-12]',
    (_name, { cedar, lets }) => {
      const loaded = createComparedEngine().load({
        tenant: 'main',
        policies: [{ name: 'p', cedar: cedar.join('\n') }],
        targets: [{ target: pay, digest: 'd1', input }],
      });
      if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.problems));
      const judged = cases.map((of) => {
        const { applied, errors } = loaded.policies.evaluate(inputOf(of));
        expect(errors).toEqual([]);
        const effects = applied.map(({ effect }) => effect);
        return { of, isLet: effects.includes('permit') && !effects.includes('forbid') };
      });
      expect(judged.filter(({ of, isLet }) => isLet !== lets(of))).toEqual([]);
      expect(judged.filter(({ isLet }) => isLet).length).toBeGreaterThan(0);
    },
  );
});
