import { beforeAll, describe, expect, it } from 'vitest';
import { canonicalText } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { differences } from './compare.ts';
import { goldenCalls, type GoldenLine } from './episode.ts';
import { makeCalls, readGolden } from './golden-file.ts';
import {
  liftGolden,
  withoutSalts,
  withoutTheExample,
  withoutTheQuestion,
  withoutTheResultsBody,
  withoutTheSecretsName,
  withoutWhatCallersTyped,
} from './lift.ts';

let old: readonly GoldenLine[];
let fresh: readonly GoldenLine[];

beforeAll(async () => {
  old = readGolden();
  fresh = await makeCalls();
}, 240_000);

describe('what the old path wrote', () => {
  it('is written by the path of today for the same thousand calls, and each caller gets the same [AUD-01]', () => {
    expect(fresh).toHaveLength(goldenCalls);
    const compared = (line: GoldenLine) =>
      withoutSalts(
        withoutTheExample(
          withoutWhatCallersTyped(
            withoutTheResultsBody(withoutTheSecretsName(withoutTheQuestion(line))),
          ),
        ),
      );
    const today = fresh.map(compared);
    expect(differences(old.map(liftGolden).map(compared), today)).toEqual([]);
  });

  it('is of calls of every kind that end in every way: a comparison of little proves little', () => {
    expect(old).toHaveLength(1_000);
    const text = old.map((line) => canonicalText({ ...line })).join('\n');
    const missing = mustBeThere.filter((one) => !text.includes(`"${one}"`));
    expect(missing).toEqual([]);
    expect(old.flatMap(({ records }) => records).length).toBeGreaterThan(1_500);
    const approved = (line: JsonObject) => 'approval' in line && line['type'] === 'policy.outcome';
    expect(old.flatMap(({ records }) => records).filter(approved).length).toBeGreaterThan(10);
  });
});

/** Types of records, ways to end and reasons to refuse that must be among what is compared. */
const mustBeThere = `
  result listed greeted noticed held refused looked not-looked policy.intent policy.outcome
  policy.listed gateway.greeted gateway.noticed gateway.held approval.requested
  gateway.refused gateway.refused-unknown gateway.refused-repeated label.raised
  credential.process-lease admit/malformed admit/unknown-method admit/too-large
  gateway/shutting-down identity/missing identity/key-mismatch identity/unknown-agent
  identity/unbound-not-allowed stop/active stop/unconfirmed standing/breaker
  standing/agent-suspended standing/instance-revoked standing/rate standing/quota
  tools/not-visible tools/quarantined tools/invalid-arguments tools/server-busy
  tools/unnamed-argument tools/outside-envelope tools/schema-unsupported tools/invalid-cursor
  semantic/secret-in-arguments policy/denied policy/evaluation-error approvals/mismatch
  approvals/rejected approvals/spent approvals/unknown approvals/void
  credentials/unknown-secret gateway/cancelled gateway/internal audit/unavailable
  audit/outcome-unrecorded audit/unreconciled tools/upstream-unreachable
  tools/upstream-timeout tools/upstream-error tools/upstream-protocol tools/invalid-result
  tools/result-too-large semantic/label-unavailable none done unknown process call
`
  .trim()
  .split(/\s+/);

describe('the comparison', () => {
  it('finds every single field of every record and outcome that is another one', () => {
    const line = old.find(({ records }) =>
      records.some((one) => 'approval' in one && 'lease' in one),
    );
    if (line === undefined) throw new Error('no such line');
    const places = placesIn(line as unknown as JsonObject);
    expect(places.length).toBeGreaterThan(100);
    for (const place of places) {
      const changed = changedAt(line as unknown as JsonObject, place) as unknown as GoldenLine;
      const found = differences([line], [changed]);
      expect(found.length, place.join('/')).toBeGreaterThan(0);
    }
  });

  it('finds a record that is missing, one that is there twice and one in another place', () => {
    const line = old.find(({ records }) => records.length > 2);
    if (line === undefined) throw new Error('no such line');
    const { records } = line;
    for (const other of [
      records.slice(1),
      [...records, ...records.slice(-1)],
      records.toReversed(),
    ]) {
      expect(differences([line], [{ ...line, records: other }])).not.toEqual([]);
    }
    expect(differences([line], [])).not.toEqual([]);
    expect(differences([line], [line, line])).not.toEqual([]);
  });

  it('finds one changed field among all of the thousand calls', () => {
    const at = old.findLastIndex(({ records }) => records.length > 0);
    const line = old[at] as GoldenLine;
    const records = line.records.map((record) => ({ ...record, overlay: -1 }));
    const found = differences(old, old.with(at, { ...line, records }));
    expect(found).toHaveLength(records.length);
    expect(found[0]).toContain(`call ${line.at} of episode ${line.episode}`);
    expect(found[0]).toContain('/overlay');
  });
});

type Place = readonly (string | number)[];

/** Every leaf of a value. */
function placesIn(value: Json, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, inside]) => placesIn(inside, [...at, key]));
}

function changedAt(value: Json, [first, ...rest]: Place): Json {
  if (first === undefined) return typeof value === 'string' ? `${value}.` : 'another';
  if (Array.isArray(value)) {
    return value.map((item, index) =>
      String(index) === String(first) ? changedAt(item as Json, rest) : (item as Json),
    );
  }
  const object = value as JsonObject;
  return { ...object, [first]: changedAt(object[String(first)] as Json, rest) };
}
