import { annotatedBy } from '#kernel/record.ts';
import { type Clock } from '#kernel/time.ts';
import { isBackground, refused } from '#planes/audit/index.ts';
import {
  type Annotations,
  type FoundAnnotation,
  type IndexState,
  type RecordAnswer,
  type RecordQueries,
  type RecordQuestion,
  termsOf,
} from '#planes/query/index.ts';
import { readMark } from '../../src/planes/query/arrivals.ts';
import { parseQuery } from '../../src/planes/query/parse-query.ts';
import { viewText } from '../../src/planes/query/views.ts';
import type { FakeLog } from './fake-log.ts';

const log = '00000000';

/** Answers out of a log in memory, by the true language and the true terms. */
export class FakeRecordQueries implements RecordQueries {
  readonly #log: FakeLog;
  readonly #clock: Clock;
  rebuilds = 0;
  /** While set, the index cannot be asked. */
  fault: Error | undefined;

  constructor(log: FakeLog, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  async ask(question: RecordQuestion): Promise<RecordAnswer> {
    const { tenant, query, view, newestFirst, most, arrivedAfter = '' } = question;
    const asked = [view === undefined ? '' : viewText(view), query].join(' ').trim();
    const { conditions, from, to } = parseQuery(asked, this.#clock.now());
    const all = await this.#log.tail({ tenant, limit: 10_000 });
    const told = readMark(arrivedAfter).get(log) ?? 0;
    const records = all.slice(told).filter(({ record }) => {
      const at = Date.parse(record.time);
      const terms = termsOf(record, { refused, isBackground });
      const holds = conditions.every(({ not, anyOf }) => anyOf.some((t) => terms.has(t)) !== not);
      return holds && at >= from && at < to;
    });
    const about = records.flatMap(({ record: { id, task } }) =>
      task === undefined ? id : [id, task],
    );
    return {
      ...(question.annotated === true ? await this.#about(tenant, about) : {}),
      asked,
      records: (newestFirst ? records.toReversed() : records).slice(0, most),
      next: undefined,
      lookedTo: undefined,
      count: records.length,
      reach: [],
      unreadable: 0,
      arrived: `${log}${all.length.toString(36)}`,
      more: false,
    };
  }

  async timeline(tenant: string, task: string) {
    const { records, reach } = await this.ask({
      tenant,
      query: `task:"${task}"`,
      view: undefined,
      newestFirst: false,
      most: 1_000,
      cursor: undefined,
      counted: false,
    });
    const about = [task, ...records.map(({ record }) => record.id)];
    return { records, ...(await this.#about(tenant, about)), cut: false, reach };
  }

  async annotations(tenant: string, record: string) {
    if (this.fault !== undefined) throw this.fault;
    return { ...(await this.#about(tenant, [record])), reach: [] };
  }

  /** Not about each other: that is for the true one. */
  async #about(tenant: string, ids: readonly string[]): Promise<Annotations> {
    const all = await this.#log.tail({ tenant, limit: 10_000 });
    const annotations = all.flatMap((one): FoundAnnotation[] => {
      const annotates = annotatedBy(one.record);
      return annotates !== undefined && ids.includes(annotates.id) ? [{ ...one, annotates }] : [];
    });
    return { annotations, annotationsCut: false };
  }

  async state(): Promise<IndexState> {
    return { logs: [], behind: 0, fault: undefined, taken: 0, workMs: 0 };
  }

  async check() {
    return { records: 0, differences: [], reach: [] };
  }

  async rebuild(): Promise<IndexState> {
    this.rebuilds += 1;
    return this.state();
  }
}
