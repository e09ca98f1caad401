import type { PolicyDoubt, PolicyHealth } from '#contracts/policy-engine.ts';
import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { RecordDraft } from '#kernel/record.ts';
import { visibleText } from '#kernel/text/index.ts';

const mostRules = 20;
const mostDoubts = 5;
const longestTarget = 512;

/** What is put on record, by whoever found it. INVARIANT: nothing of what the call said. */
export function doubtDraft(writer: string, doubt: PolicyDoubt): RecordDraft {
  return {
    type: 'policy.doubted',
    tenant: doubt.tenant,
    actors: [{ kind: 'system', name: writer }],
    details: { ...toldDoubt(doubt), differing: doubt.rules.length },
  };
}

function toldDoubt({ target, rules, policyDigest }: PolicyDoubt) {
  return {
    // A caller wrote its name.
    target: visibleText(target, { maxLength: longestTarget }),
    rules: rules.slice(0, mostRules),
    policyDigest,
  };
}

/** What a gateway says of its evaluators with each ping; nothing while all is well. */
export function policyHealthTold({ oracleAnswers, doubts }: PolicyHealth): JsonObject {
  return {
    ...(oracleAnswers ? {} : { policyOracle: 'fails' }),
    ...(doubts.length === 0
      ? {}
      : { policyDoubts: doubts.slice(0, mostDoubts).map((one) => ({ ...toldDoubt(one) })) }),
  };
}

/** For people, out of what a program says of itself; empty while all is well. */
export function policyFaults({ policyOracle, policyDoubts }: JsonObject): readonly string[] {
  const doubts = Array.isArray(policyDoubts) ? (policyDoubts as readonly Json[]) : [];
  return [
    ...doubts.map((doubt) => `two evaluators of its policies differ about ${doubtText(doubt)}`),
    ...(policyOracle === undefined ? [] : ['its decisions cannot be compared at present']),
  ];
}

function doubtText(doubt: Json): string {
  if (!isJsonObject(doubt)) return 'a call';
  const { target, rules } = doubt;
  const names = Array.isArray(rules) ? (rules as readonly Json[]).map(String).join(', ') : '';
  return `a call of ${typeof target === 'string' ? target : 'something'} by ${names}`;
}
