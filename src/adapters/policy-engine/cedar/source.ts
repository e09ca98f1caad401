import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { AppliedRule, PolicyProblem } from '#contracts/policy-engine.ts';
import { limits } from '#kernel/limits.ts';
import type { PolicyEntry } from '#kernel/snapshot.ts';
import { type Reading, readExpression } from './expression.ts';
import { asPermit } from './head.ts';
import { messageOf, problemAt, startOf } from './position.ts';
import { CedarFault } from './fault.ts';
import type { CedarModule, CedarRuntime } from './runtime.ts';
import type { Path } from './reads.ts';
import { misnamed, targetNamed } from './names.ts';
import { callAction, otherAction } from './schema.ts';
import { untypedEntity } from './shape.ts';

/** One rule of a document, read but not yet validated. */
export interface Rule extends AppliedRule {
  /** Cedar's own JSON form of it. */
  readonly json: PolicyJson;
  readonly document: PolicyEntry;
  /** Bytes of the document that it takes: `[start, end)`. */
  readonly start: number;
  readonly end: number;
  readonly actions: ReadonlySet<string>;
  /** The actions that its head limits it to; undefined when it can be about any call. */
  readonly scope: ReadonlySet<string> | undefined;
  readonly paths: readonly Path[];
  /**
   * Its text with the effect `permit`. Cedar reports only the rules that determined its answer;
   * when every rule permits, that is every satisfied rule, and what each one means is decided here.
   */
  readonly question: string;
}

export interface Source {
  readonly rules: readonly Rule[];
  readonly problems: readonly PolicyProblem[];
  /** Documents whose every rule could be read, so that validation can take them. */
  readonly readable: readonly PolicyEntry[];
}

/** Deeper rules would overflow the stack of the engine. */
const deepestExpression = 400;

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/;
const classPattern = /^[a-z][a-z0-9-]{0,63}$/;
/** INVARIANT: an annotation that nothing here enforces is refused, so that none is decoration. */
const annotationNames = new Set(['id', 'approval', 'untrusted', 'owner', 'description']);

interface Part {
  readonly document: PolicyEntry;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export function readSource(runtime: CedarRuntime, documents: readonly PolicyEntry[]): Source {
  const rules: Rule[] = [];
  const problems: PolicyProblem[] = [];
  const readable: PolicyEntry[] = [];
  for (const document of documents) {
    const before = problems.length;
    const parts = partsOf(runtime, document, problems);
    for (const part of parts) {
      const rule = readRule(runtime, part);
      if ('question' in rule) rules.push(rule);
      else problems.push(...rule.problems);
    }
    if (problems.length === before) readable.push(document);
  }
  problems.push(...repeatedIds(rules));
  return { rules, problems, readable };
}

function partsOf(
  runtime: CedarRuntime,
  document: PolicyEntry,
  problems: PolicyProblem[],
): readonly Part[] {
  const refuse = (message: string, at?: number): readonly Part[] => {
    problems.push(problemAt(document, at, message));
    return [];
  };
  const { cedar: text } = document;
  if (Buffer.byteLength(text, 'utf8') > limits.documentBytes) return refuse('the text is too long');
  if (!text.isWellFormed()) return refuse('the text has half of a surrogate pair');
  const answer = attempt(() => runtime.run((cedar) => cedar.policySetTextToParts(text)));
  if (answer === undefined) return refuse('the text is nested too deep');
  if (answer.type === 'failure') {
    for (const error of answer.errors) refuse(messageOf(error), startOf(error));
    return [];
  }
  for (const template of answer.policy_templates) {
    refuse(
      'a template with slots is not served; write out each rule',
      locate(document, template, 0),
    );
  }
  return placed(document, answer.policies);
}

/** The parts are slices of the text, in no particular order; the same slice may stand twice. */
function placed(document: PolicyEntry, slices: readonly string[]): readonly Part[] {
  const searchedTo = new Map<string, number>();
  return slices
    .map((text) => {
      const index = document.cedar.indexOf(text, searchedTo.get(text) ?? 0);
      searchedTo.set(text, index + 1);
      const start = Buffer.byteLength(document.cedar.slice(0, Math.max(index, 0)), 'utf8');
      return { document, text, start, end: start + Buffer.byteLength(text, 'utf8') };
    })
    .sort((a, b) => a.start - b.start);
}

function locate(document: PolicyEntry, slice: string, from: number): number | undefined {
  const index = document.cedar.indexOf(slice, from);
  return index < 0 ? undefined : Buffer.byteLength(document.cedar.slice(0, index), 'utf8');
}

function attempt<Answer>(step: () => Answer): Answer | undefined {
  try {
    return step();
  } catch (fault) {
    if (fault instanceof CedarFault) return undefined;
    throw fault;
  }
}

function readRule(
  runtime: CedarRuntime,
  part: Part,
): Rule | { readonly problems: readonly PolicyProblem[] } {
  const refused = (...messages: readonly string[]) => ({
    problems: messages.map((message) => problemAt(part.document, part.start, message)),
  });
  const read = attempt(() => runtime.run((cedar) => readJson(cedar, part.text)));
  if (read === undefined) return refused('the rule is nested too deep');
  if (typeof read === 'string') return refused(read);
  const { json, question } = read;
  const annotations = json.annotations ?? {};
  const reading = readExpression({ ...json, annotations: undefined });
  const messages = [
    ...annotationProblems(annotations),
    ...untrustedProblems(json),
    ...readingProblems(reading),
  ];
  if (messages.length > 0) return refused(...messages);
  return {
    id: annotations['id'] ?? '',
    effect: json.effect,
    approvalClass: annotations['approval'],
    untrusted: untrustedOf(json),
    document: part.document,
    start: part.start,
    end: part.end,
    actions: reading.actions,
    scope: scopeOf(json),
    paths: reading.paths,
    question,
    json,
  };
}

function scopeOf({ action }: PolicyJson): ReadonlySet<string> | undefined {
  const named = 'entity' in action ? [action.entity] : 'entities' in action ? action.entities : [];
  const ids = named.flatMap((entity) => ('id' in entity ? [entity.id] : []));
  const limited = ids.length > 0 && ids.length === named.length && !ids.includes(callAction);
  return limited ? new Set(ids) : undefined;
}

/** Reads the rule and its question. INVARIANT: they differ in the effect and in nothing else. */
function readJson(
  cedar: CedarModule,
  text: string,
): { json: PolicyJson; question: string } | string {
  const question = asPermit(text);
  const own = cedar.policyToJson(text);
  const asked = cedar.policyToJson(question);
  if (own.type === 'failure') return own.errors.map(messageOf).join('; ');
  if (asked.type === 'failure' || asked.json.effect !== 'permit')
    return 'the rule is not understood';
  const same =
    JSON.stringify({ ...own.json, effect: 'permit' }) ===
    JSON.stringify({ ...asked.json, effect: 'permit' });
  return same ? { json: own.json, question } : 'the rule is not understood';
}

function annotationProblems(annotations: Readonly<Record<string, string | null>>): string[] {
  const messages: string[] = [];
  const id = annotations['id'];
  if (typeof id !== 'string' || !idPattern.test(id)) {
    messages.push(
      'a rule needs `@id("...")` with letters, digits, `.`, `_`, `-` and `/`, 128 at most',
    );
  }
  const approval = annotations['approval'];
  if (approval !== undefined && (approval === null || !classPattern.test(approval))) {
    messages.push(
      '`@approval("...")` needs a class of lower case letters, digits and `-`, 64 at most',
    );
  }
  for (const name of Object.keys(annotations)) {
    if (annotationNames.has(name)) continue;
    messages.push(
      `annotation \`@${name}\` is not known; use @id, @approval, @untrusted, @owner, @description`,
    );
  }
  return messages;
}

function untrustedOf({ annotations }: PolicyJson): Rule['untrusted'] {
  const value = annotations?.['untrusted'];
  return value === 'allow' || value === 'ask' || value === 'proved' ? value : undefined;
}

/**
 * INVARIANT: nobody narrows the raise by untrusted content for a tool that the rule does not name in
 * its head: not by a group, not by leaving the head open, not for tools that come later.
 */
function untrustedProblems(json: PolicyJson): string[] {
  if (json.annotations === undefined || !Object.hasOwn(json.annotations, 'untrusted')) return [];
  const messages: string[] = [];
  if (untrustedOf(json) === undefined) {
    messages.push(
      '`@untrusted` is `@untrusted("allow")`, `@untrusted("ask")` or `@untrusted("proved")`',
    );
  }
  if (json.effect !== 'permit') messages.push('`@untrusted` belongs to a `permit`');
  if (Object.hasOwn(json.annotations, 'approval')) {
    messages.push('`@untrusted` and `@approval` exclude each other: a rule that asks a human asks');
  }
  const scope = scopeOf(json);
  if (scope === undefined || [...scope].some((action) => targetNamed(action) === undefined)) {
    messages.push(
      '`@untrusted` needs a head that names its tools one by one, such as `action == Action::"server/tool"`',
    );
  }
  return messages;
}

function readingProblems(reading: Reading): string[] {
  const messages: string[] = [];
  if (reading.depth > deepestExpression) {
    messages.push('the rule is nested too deep; split it into several rules');
  }
  if (reading.unsafeInteger) {
    messages.push('an integer is beyond 53 bits, and no argument can be; use a smaller one');
  }
  if (reading.readsIndirectly) {
    messages.push(
      'a member is read from something that is no variable; read it as `context.input.NAME`, one after the other',
    );
  }
  messages.push(...reading.entities.flatMap((entity) => misnamed(entity) ?? []));
  if (reading.namesUntyped) messages.push(`\`${untypedEntity}\` may not be named`);
  if (reading.actions.has(otherAction)) {
    messages.push(
      `\`Action::"${otherAction}"\` may not be named: what it covers changes with every rule; use \`action in Action::"call"\``,
    );
  }
  return messages;
}

function repeatedIds(rules: readonly Rule[]): PolicyProblem[] {
  const seen = new Map<string, Rule>();
  const problems: PolicyProblem[] = [];
  for (const rule of rules) {
    const first = seen.get(rule.id);
    if (first === undefined) seen.set(rule.id, rule);
    else {
      problems.push(
        problemAt(
          rule.document,
          rule.start,
          `rule id \`${rule.id}\` is already used in policy \`${first.document.name}\``,
        ),
      );
    }
  }
  return problems;
}
