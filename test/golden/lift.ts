import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { liftDraft } from '#planes/audit/index.ts';
import type { GoldenLine } from './episode.ts';

/**
 * A line of the old path as the path of today has to write it. Records are equal but for their
 * shape, so whoever changes the shape says here how an old record looks in the new one, and nothing
 * else: what is lifted here is a promise that readers of old logs can lift it as well. INVARIANT: a
 * pure function of the line; it knows neither what the path of today wrote nor any single call.
 */
export function liftGolden(line: GoldenLine): GoldenLine {
  return {
    ...line,
    outcomes: line.outcomes.map(inTodaysWords),
    records: line.records.map(liftRecord).map(inTodaysWords).map(asTheEvaluatorSaysIt),
  };
}

/** What is told in other words today, and nothing else; a leaf keeps the words that it was written in. */
const reworded: ReadonlyMap<unknown, string> = new Map([
  // There are lists of more than tools.
  ['call `tools/list` again without a cursor', 'list again without a cursor'],
  [
    'use `server/discover`, `tools/list` or `tools/call`',
    'ask `server/discover` or `initialize` what is served, and use only that',
  ],
  // Models and resources need credentials and bound tokens as tools do.
  [
    'no credential is lent for a tool outside the manifest',
    'no credential is lent for what is outside the manifest',
  ],
  ['an unbound token may not use this tool', 'an unbound token may not do this'],
  ...[
    'is not in the vault',
    'cannot be opened',
    'cannot be had now',
    'cannot stand in a header',
  ].map((what): [string, string] => [
    `the credential of this tool ${what}`,
    `the credential that this call needs ${what}`,
  ]),
]);

function inTodaysWords(told: JsonObject): JsonObject {
  const { refusal } = told;
  if (!isJsonObject(refusal)) return told;
  const words = ['message', 'suggestedAction'].flatMap((key) => {
    const today = reworded.get(refusal[key]);
    return today === undefined ? [] : [[key, today]];
  });
  return { ...told, refusal: { ...refusal, ...Object.fromEntries(words) } };
}

/** Our own evaluator names the operator; that the rule is an error, and which rule, is as it was. */
function asTheEvaluatorSaysIt(record: JsonObject): JsonObject {
  const { decision } = record;
  if (!isJsonObject(decision) || !Array.isArray(decision['errors'])) return record;
  const errors = (decision['errors'] as readonly Json[]).map((text) =>
    typeof text === 'string' ? text.replace(overflow, '`*` overflows') : text,
  );
  return { ...record, decision: { ...decision, errors } };
}

const overflow = 'integer overflow while attempting to multiply the values … and …';

/** By what lifts drafts of the old shape; `body` stands in no record, it is what lies beside one. */
function liftRecord({ body, ...record }: JsonObject): JsonObject {
  const lifted = liftDraft(record) as unknown as JsonObject;
  return body === undefined ? lifted : { ...lifted, body };
}

/**
 * Of a question that was put to a human, the old run had a stand-in for the product's own record,
 * which named neither the approval nor why it is asked: these two are not compared.
 */
export function withoutTheQuestion(line: GoldenLine): GoldenLine {
  return {
    ...line,
    records: line.records.map((record) => {
      if (record['type'] !== 'approval.requested') return record;
      const { approval: _, details: __, ...rest } = record;
      return rest;
    }),
  };
}

/**
 * Which secret is missing, the record says today, for the operator, and the old one did not: it is not
 * compared. No caller is told: `recorded` is what no front writes into an answer.
 */
export function withoutTheSecretsName(line: GoldenLine): GoldenLine {
  const isOfIt = ({ refusal }: JsonObject): boolean =>
    isJsonObject(refusal) && refusal['code'] === 'credentials/unknown-secret';
  return {
    ...line,
    outcomes: line.outcomes.map((outcome) => {
      const { refusal } = outcome;
      if (!isOfIt(outcome) || !isJsonObject(refusal)) return outcome;
      const { recorded: _, ...told } = refusal;
      return { ...outcome, refusal: told };
    }),
    records: line.records.map((record) => {
      if (!isOfIt(record) || !isJsonObject(record['details'])) return record;
      const { secret: _, ...rest } = record['details'];
      const { details: __, ...told } = record;
      return Object.keys(rest).length === 0 ? told : { ...told, details: rest };
    }),
  };
}

/** A record that stands for several refusals gives the first of them as an example today: not compared. */
export function withoutTheExample(line: GoldenLine): GoldenLine {
  return {
    ...line,
    records: line.records.map((record) => {
      const { details } = record;
      if (record['type'] !== 'gateway.refused-repeated' || !isJsonObject(details)) return record;
      const { first: _, ...rest } = details;
      return { ...record, details: rest };
    }),
  };
}

/** What was told is sealed beside its record today, and was not: it is not compared. */
export function withoutTheResultsBody(line: GoldenLine): GoldenLine {
  return {
    ...line,
    records: line.records.map((record) => {
      if (record['type'] !== 'policy.outcome') return record;
      const { body: _, ...rest } = record;
      return rest;
    }),
  };
}

/** Salts of commitments stand in no leaf today, but sealed in its body: they are not compared. */
export function withoutSalts(line: GoldenLine): GoldenLine {
  return {
    ...line,
    records: line.records.map((record) => {
      const kept = { ...record };
      for (const part of ['arguments', 'result'] as const) {
        if (isJsonObject(record[part])) kept[part] = withoutSalt(record[part]);
      }
      return kept;
    }),
  };
}

function withoutSalt(commitment: JsonObject): JsonObject {
  const { salt: _, ...rest } = commitment;
  return rest;
}

/** What a caller made up stood in what is counted; since it is sealed with the first of them, which is compared whole. */
export function withoutWhatCallersTyped(line: GoldenLine): GoldenLine {
  const records = line.records.map((record) => {
    if (
      record['type'] !== 'gateway.refused-repeated' &&
      record['type'] !== 'gateway.refused-unknown'
    ) {
      return record;
    }
    const { named: _, method: __, questions, refusal, ...rest } = record;
    return {
      ...rest,
      ...(isJsonObject(questions) ? { questions: { ...questions, asks: '' } } : {}),
      ...(isJsonObject(refusal) ? { refusal: { ...refusal, message: '' } } : {}),
    };
  });
  return { ...line, records };
}
