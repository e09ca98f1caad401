import { isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { visibleText } from '#kernel/text/index.ts';
import { type Finding, finding } from './finding.ts';
import { textOf, wordsOf } from './words.ts';
import { saysItReads, signOfWriting } from './writing.ts';

/** A planner reads all of it, every time. */
const longDescription = 2_048;
/** What is longer without a blank is no word of any language. */
const longRun = 120;
/** Of one definition; the server may have made it as deep as it likes. */
const mostTexts = 2_000;

const commands: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}(?:previous|prior|above|earlier|other|all)\b/i,
  /\b(?:do not|don't|never)\s+(?:tell|inform|mention|reveal|show|ask|notify|warn)\b/i,
  /<\/?\s*(?:important|system|instructions?|secret|hidden|assistant)\s*>/i,
  /\b(?:system prompt|your instructions|you are now|as an ai)\b/i,
  /\bbefore (?:using|calling|you (?:use|call)) (?:this|any|other|another)\b/i,
  /\b(?:instead of|in place of|rather than) (?:using |calling )?(?:the )?(?:other|any other|existing) tools?\b/i,
];
const urls = /\bhttps?:\/\/[^\s"'<>)]{1,200}/gi;
const runOfLetters = new RegExp(`[A-Za-z0-9+/_=-]{${longRun},}`);
const distinctName = /[a-z][A-Z]|[_-]/;

export interface QualityOptions {
  /** Names of tools of other servers, which this one has no business to speak of. */
  readonly others?: readonly string[];
}

/**
 * What a person should have read before they say yes: whether a planner can route on it, and whether
 * it speaks to the model instead. INVARIANT: rules find words; that nothing is found is no proof.
 */
export function definitionFindings(
  definition: JsonObject,
  { others = [] }: QualityOptions = {},
): readonly Finding[] {
  const texts = textsIn(definition);
  return [
    ...describes(definition),
    ...misleads(definition),
    ...hides(texts),
    ...speaksToTheModel(texts),
    ...speaksOf(texts, othersThan(textOf(definition, 'name'), others)),
    ...carries(texts),
  ];
}

function describes(definition: JsonObject): readonly Finding[] {
  const whole = textOf(definition, 'description');
  if (whole.trim() === '') {
    return [finding('no-description', 'minor', 'it does not say what it does')];
  }
  if (whole.length > longDescription) {
    return [finding('long-description', 'minor', `its description has ${whole.length} characters`)];
  }
  const known = new Set([...wordsOf(textOf(definition, 'name')), ...fillers]);
  const isSignature =
    /^\s*(?:async\s+)?(?:def|function)?\s*[\w.]+\s*\([^)]*\)\s*(?:->.*|:.*)?$/.test(whole);
  const says = wordsOf(whole).filter((word) => !known.has(word));
  return isSignature || says.length === 0
    ? [
        finding('says-its-name', 'minor', 'its description says no more than its name', [
          whole.slice(0, 100),
        ]),
      ]
    : [];
}

const fillers = [
  'a',
  'an',
  'the',
  'tool',
  'tools',
  'function',
  'method',
  'mcp',
  'for',
  'to',
  'that',
  'this',
];

/** It says that it reads, and something else says that it writes. */
function misleads(definition: JsonObject): readonly Finding[] {
  const { annotations } = definition;
  const claims = isJsonObject(annotations) && annotations['readOnlyHint'] === true;
  const sign = signOfWriting(definition);
  if (sign === undefined || !(claims || saysItReads(definition))) return [];
  const by = claims ? ['readOnlyHint', ...sign.words] : sign.words;
  return [finding('misleading', 'serious', `it says that it reads, but ${sign.message}`, by)];
}

function hides(texts: readonly string[]): readonly Finding[] {
  const found = texts.flatMap((text) => {
    const visible = visibleText(text, { multiline: true, maxLength: text.length + 1 });
    return visible === text ? [] : [...visible.matchAll(/\\u\{[0-9a-f]+\}/g)].map(([mark]) => mark);
  });
  if (found.length === 0) return [];
  const marks = [...new Set(found)].slice(0, 5);
  return [finding('hidden-characters', 'serious', 'it holds characters that nobody sees', marks)];
}

function speaksToTheModel(texts: readonly string[]): readonly Finding[] {
  const found = texts.flatMap((text) =>
    commands.flatMap((command) => command.exec(text)?.[0].slice(0, 100) ?? []),
  );
  if (found.length === 0) return [];
  return [
    finding('speaks-to-the-model', 'serious', 'it tells the model what to do', found.slice(0, 5)),
  ];
}

/** A tool that has the name of another server's tool speaks of itself with it. */
function othersThan(own: string, others: readonly string[]): readonly string[] {
  return others.filter((name) => name !== own);
}

function speaksOf(texts: readonly string[], others: readonly string[]): readonly Finding[] {
  const words = new Set(texts.flatMap((text) => text.split(/[^A-Za-z0-9_-]+/)));
  const found = others.filter((name) => distinctName.test(name) && words.has(name));
  if (found.length === 0) return [];
  const message = 'it speaks of tools of other servers';
  return [finding('other-tools', 'serious', message, [...new Set(found)].slice(0, 5))];
}

function carries(texts: readonly string[]): readonly Finding[] {
  const findings: Finding[] = [];
  const links = texts.flatMap((text) => [...text.matchAll(urls)].map(([url]) => url));
  if (links.length > 0) {
    findings.push(finding('links', 'minor', 'it holds addresses', [...new Set(links)].slice(0, 5)));
  }
  const run = texts.map((text) => runOfLetters.exec(text)?.[0]).find((one) => one !== undefined);
  if (run !== undefined) {
    findings.push(
      finding('encoded', 'serious', 'it holds a long run that is no word', [run.slice(0, 40)]),
    );
  }
  return findings;
}

/** Every text that a model is given: of the definition, its schemas and its annotations. */
function textsIn(value: Json | undefined, into: string[] = []): readonly string[] {
  if (into.length >= mostTexts || value === undefined || value === null) return into;
  if (typeof value === 'string') into.push(value);
  else if (Array.isArray(value)) for (const one of value as readonly Json[]) textsIn(one, into);
  else if (typeof value === 'object') {
    for (const [name, one] of Object.entries(value)) {
      into.push(name);
      // A pattern is read by no model as words, and looks like anything.
      if (name !== 'pattern' && name !== '$schema') textsIn(one, into);
    }
  }
  return into;
}
