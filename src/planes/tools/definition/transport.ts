import type { JsonObject } from '#kernel/json/value.ts';
import { type Finding, finding } from './finding.ts';
import { among, argumentsOf, descriptionOf, freeTexts, setOf, textOf, wordsOf } from './words.ts';

/** What rules look at, read once. */
interface Looked {
  readonly words: readonly string[];
  readonly free: readonly string[];
  readonly all: readonly string[];
  readonly description: string;
}

interface Rule {
  readonly rule: string;
  readonly message: string;
  /** The words that it matched; undefined when it matched nothing. */
  readonly find: (looked: Looked) => readonly string[] | undefined;
}

const runs = setOf(
  'run runs exec execute executes eval evaluate invoke shell bash interpreter repl',
);
const always = setOf('exec eval bash powershell subprocess');
const programs = setOf('sql command commands cmd shell bash code javascript js python powershell');
const programTexts = setOf(
  'code script command cmd javascript js python bash shell function program',
);
const databases = setOf(
  'db database sql postgres postgresql mysql mariadb sqlite bigquery snowflake',
);
const queries = setOf('query queries execute run');
const queryTexts = setOf('query q statement');
const fetches = setOf('fetch http https curl wget request scrape crawl browse web');
const verbs = setOf('get post put patch delete request call');
const addresses = setOf('url uri endpoint href link');
const paths = setOf('path url uri endpoint');

/**
 * A tool of the transport kind does whatever its text says: nothing that is approved of it says what a
 * call does. In the order in which they are told; the first that matches is enough.
 */
const rules: readonly Rule[] = [
  {
    rule: 'runs-programs',
    message: 'it runs whatever program text it is given',
    find({ words, free }) {
      const named = among(words, always);
      if (named.length > 0) return named;
      const run = among(words, runs);
      if (run.length === 0) return undefined;
      const what = among(words, programs).filter((word) => !run.includes(word));
      if (what.length > 0) return [...run, ...what];
      const texts = among(free, programTexts);
      return texts.length === 0 ? undefined : [...run, ...texts.map(argument)];
    },
  },
  {
    rule: 'takes-sql',
    message: 'it takes statements of a database as text',
    find({ words, free, description }) {
      if (free.includes('sql')) return [argument('sql')];
      const texts = among(free, queryTexts);
      if (words.length === 1 && words[0] === 'query' && texts.length > 0)
        return ['query', ...texts.map(argument)];
      const about = [...among(words, databases), ...among(wordsOf(description), databases)];
      const asks = among(words, queries);
      if (asks.length === 0 || about.length === 0) return undefined;
      const inName = among(words, databases);
      if (texts.length > 0) return [...asks, ...about, ...texts.map(argument)];
      return inName.length > 0 && words.length === asks.length + inName.length ? words : undefined;
    },
  },
  {
    rule: 'fetches-anything',
    message: 'it sends a request to whatever address it is given',
    find({ words, free, all }) {
      const http = words.includes('http') || words.includes('https');
      const verb = among(words, verbs);
      if (http && verb.length > 0) return ['http', ...verb];
      const to = among(free, addresses);
      const named = among(words, fetches);
      if (named.length > 0 && to.length > 0) return [...named, ...to.map(argument)];
      const any = among(free, paths);
      const isCall = all.includes('method') && any.length > 0;
      return isCall ? [argument('method'), ...any.map(argument)] : undefined;
    },
  },
  {
    rule: 'says-anything',
    message: 'it says of itself that it takes anything of its kind',
    find({ description, free }) {
      if (free.length === 0) return undefined;
      const match = saysAnything.exec(description) ?? saysItRuns.exec(description);
      return match === null ? undefined : [match[0].slice(0, 100)];
    },
  },
];

const saysAnything =
  /\b(?:arbitrary|any|raw)\s+(?:sql|code|(?:shell )?commands?|javascript|python|urls?|http requests?)\b/i;
const saysItRuns =
  /\b(?:executes?|runs?|evaluates?)\s+(?:an?\s+|the\s+|raw\s+|read-only\s+)*(?:sql|shell commands?|bash|javascript|python)\b/i;

/** Undefined: no rule holds it for a transport; that proves nothing about what it does. */
export function transportShape(definition: JsonObject): Finding | undefined {
  const looked: Looked = {
    words: wordsOf(textOf(definition, 'name')),
    free: freeTexts(definition).map((name) => name.toLowerCase()),
    all: Object.keys(argumentsOf(definition)).map((name) => name.toLowerCase()),
    description: descriptionOf(definition),
  };
  for (const { rule, message, find } of rules) {
    const words = find(looked);
    if (words !== undefined) return finding(rule, 'serious', message, [...new Set(words)]);
  }
  return undefined;
}

function argument(name: string): string {
  return `argument ${name}`;
}
