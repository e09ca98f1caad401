import { recordedRule, type RulesOfDocument, rulesOnRecord } from '#contracts/rules-in-force.ts';
import type { JsonObject } from '#kernel/json/index.ts';
import type { RecordEnvelope } from '#kernel/record.ts';
import { isoTime } from '#kernel/time.ts';
import type { Period } from './periods.ts';
import type { AskRecords } from './write-report.ts';

/** What is told at most: beyond it the report says that it was cut. */
const most = { rules: 50_000, names: 1_000, pagesBack: 50 };

/**
 * Which rules were in force in a period, which led to a decision and which to none, and what no rule was about: of
 * records alone. `config.applied` says what came into force, a decision which rules it came from.
 */
export async function coverageOf(period: Period, ask: AskRecords): Promise<JsonObject> {
  const [from, to] = [isoTime(period.from), isoTime(period.to)];
  const count = new CoverageCount();
  for (const record of await inForceBefore(from, ask)) count.applied(record);
  const times = `since:${from} before:${to}`;
  await each(ask, `${times} action:config.applied`, (record) => count.applied(record));
  const decided = 'action:policy.intent,gateway.held,gateway.refused';
  await each(ask, `${times} ${decided}`, (record) => count.decided(record));
  return { form: 'bailiwick-coverage/1', from, to, ...count.told() };
}

async function each(
  ask: AskRecords,
  query: string,
  take: (record: RecordEnvelope) => void,
): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await ask({ query, cursor, bare: true });
    for (const { record } of page.records) take(record);
    cursor = page.next;
  } while (cursor !== undefined);
}

/** The records of the newest configuration before: it may have several parts. */
async function inForceBefore(from: string, ask: AskRecords): Promise<readonly RecordEnvelope[]> {
  const query = `before:${from} action:config.applied`;
  const found: RecordEnvelope[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < most.pagesBack; page += 1) {
    const answer = await ask({ query, cursor, bare: true, newestFirst: true });
    for (const { record } of answer.records) {
      if (rulesOnRecord(record.details) === undefined) continue;
      if (isOther(found[0], record)) return found;
      found.push(record);
      if (found.length >= Number(record.details?.['parts'] ?? 1)) return found;
    }
    cursor = answer.next;
    if (cursor === undefined) break;
  }
  return found;
}

function isOther(one: RecordEnvelope | undefined, { snapshot, details }: RecordEnvelope): boolean {
  if (one === undefined) return false;
  return one.snapshot !== snapshot || one.details?.['number'] !== details?.['number'];
}

/** How often each of them was met. */
type Times = Map<string, number>;

interface DocumentUse {
  readonly name: string;
  readonly digest: string;
  /** By rule. */
  readonly used: Times;
}

class CoverageCount {
  /** By name and digest. */
  readonly #documents = new Map<string, DocumentUse>();
  /** By configuration, by rule: the document that has it. */
  readonly #inForce = new Map<string, Map<string, DocumentUse>>();
  readonly #ofNone: Times = new Map();
  readonly #byNone: Times = new Map();
  readonly #unrecorded: Times = new Map();
  #decisions = 0;
  #undecided = 0;
  #rules = 0;
  #isCut = false;

  applied({ snapshot = '', details }: RecordEnvelope): void {
    const rules = this.#inForce.get(snapshot) ?? new Map<string, DocumentUse>();
    for (const of of rulesOnRecord(details) ?? []) {
      this.#inForce.set(snapshot, rules);
      const document = this.#documentOf(of);
      for (const rule of of.rules) this.#rule(document, rule, rules);
    }
  }

  #documentOf({ name, digest }: RulesOfDocument): DocumentUse {
    const key = `${name} ${digest}`;
    const document = this.#documents.get(key) ?? { name, digest, used: new Map() };
    this.#documents.set(key, document);
    return document;
  }

  #rule(document: DocumentUse, rule: string, rules: Map<string, DocumentUse>): void {
    if (!document.used.has(rule)) {
      if (this.#rules === most.rules) {
        this.#isCut = true;
        return;
      }
      this.#rules += 1;
      document.used.set(rule, 0);
    }
    rules.set(rule, document);
  }

  decided({ snapshot = '', decision, target, named = '', actors }: RecordEnvelope): void {
    // What the gateway asks by itself is judged by no document.
    if (actors[0]?.name === 'system/refresh') return;
    if (decision === undefined) {
      this.#undecided += 1;
      return;
    }
    this.#decisions += 1;
    const rules = this.#inForce.get(snapshot);
    if (rules === undefined) this.#add(this.#unrecorded, snapshot);
    if (decision.rules.length === 0) this.#add(this.#byNone, target?.target ?? named);
    for (const id of decision.rules) {
      const rule = recordedRule(id);
      const used = rules?.get(rule)?.used;
      if (used === undefined) this.#add(this.#ofNone, rule);
      else used.set(rule, (used.get(rule) ?? 0) + 1);
    }
  }

  #add(among: Times, name: string): void {
    const before = among.get(name);
    if (before === undefined && among.size === most.names) this.#isCut = true;
    else among.set(name, (before ?? 0) + 1);
  }

  told(): JsonObject {
    const documents = [...this.#documents].sort(byKey).map(([, { name, digest, used }]) => {
      return { name, digest, used: told(used) };
    });
    const neverUsed = documents.flatMap(({ name, digest, used }) =>
      used
        .filter(({ times }) => times === 0)
        .map((one) => ({ document: name, digest, rule: one.name })),
    );
    return {
      decisions: this.#decisions,
      refusedBeforeAnyRule: this.#undecided,
      rules: this.#rules,
      documents,
      neverUsed,
      byNoRule: told(this.#byNone),
      ofNoDocument: told(this.#ofNone),
      unrecorded: told(this.#unrecorded),
      cut: this.#isCut,
    };
  }
}

const byKey = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;

function told(times: Times): { readonly name: string; readonly times: number }[] {
  return [...times].sort(byKey).map(([name, often]) => ({ name, times: often }));
}
