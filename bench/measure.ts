import { measureFlow } from './measure-flow.ts';
import { measureHung } from './measure-hung.ts';
import { measureLog } from './measure-log.ts';
import { measureLoad } from './measure-load.ts';
import { measurePolicy } from './measure-policy.ts';
import { measureRulesBlock } from './measure-rules.ts';
import { measureSessions } from './measure-sessions.ts';
import { measureStart } from './measure-start.ts';
import { measureWorker } from './measure-worker.ts';
import type { Measure } from './measure-kind.ts';

/** What is measured beside the rows, in this order. */
export const measures: readonly Measure[] = [
  {
    name: 'worker',
    what: "the log worker's CPU a call, at 300 calls a second and at full load",
    run: measureWorker,
  },
  {
    name: 'load',
    what: 'full load for a while: event-loop delay, memory, what is written to disk',
    run: measureLoad,
  },
  {
    name: 'policy',
    what: 'the policy part alone: CPU of a new question with 3, 50 and 500 rules',
    run: measurePolicy,
  },
  {
    name: 'flow',
    what: 'where values came from: CPU of a call in a task of 50 and of 2,000 results, and its memory',
    run: measureFlow,
  },
  {
    name: 'rules-block',
    what: 'the longest block of the loop while a gateway loads 500 rules',
    run: measureRulesBlock,
  },
  {
    name: 'sessions',
    what: 'a thousand sessions at once, each with its stream: memory of each, and calls among them',
    run: measureSessions,
  },
  {
    name: 'hung',
    what: 'what callers of 21 tool servers notice when 3 more hang',
    run: measureHung,
  },
  {
    name: 'log',
    what: 'the log alone at 1 to 512 callers beside a bare flush, then verified (also `node bench/log.ts`)',
    run: measureLog,
  },
  { name: 'start', what: 'a second start, beside `node -e 0`', run: measureStart },
];
