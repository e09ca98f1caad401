import type { DirectoryTerm } from '#contracts/directory-book.ts';
import { parseJson } from '#kernel/json/index.ts';
import { limits } from '#kernel/limits.ts';
import { type ResourceSchema, withoutUrn } from './schema.ts';
import { scimProblem, type ScimType } from './scim-problem.ts';

/** `attribute eq value`, the one comparison that connectors need. */
export interface Comparison {
  readonly attribute: string;
  readonly value: string | boolean;
}

// Sticky, without nested repetition: linear whatever comes.
const attributeName = /[A-Za-z$][A-Za-z0-9$_:.-]*/y;
const word = /[A-Za-z]+/y;
const quoted = /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*"/y;

/** `a eq "x" and b eq true`; every one of them must hold. */
export function readComparisons(text: string, wrong: ScimType): readonly Comparison[] {
  if (Buffer.byteLength(text, 'utf8') > limits.directoryFilterBytes) {
    throw scimProblem(wrong, `a filter has at most ${limits.directoryFilterBytes} bytes`);
  }
  const scan = { text, at: 0, wrong };
  const found: Comparison[] = [];
  for (;;) {
    found.push(readComparison(scan));
    skipSpaces(scan);
    if (scan.at === text.length) return found;
    if (take(scan, word).toLowerCase() !== 'and') throw notUnderstood(wrong);
  }
}

interface Scan {
  readonly text: string;
  readonly wrong: ScimType;
  at: number;
}

function readComparison(scan: Scan): Comparison {
  const attribute = take(scan, attributeName);
  if (take(scan, word).toLowerCase() !== 'eq') throw notUnderstood(scan.wrong);
  skipSpaces(scan);
  if (scan.text[scan.at] === '"') {
    const value = parseJson(Buffer.from(take(scan, quoted)));
    if (typeof value === 'string') return { attribute, value };
    throw notUnderstood(scan.wrong);
  }
  const value = take(scan, word).toLowerCase();
  if (value !== 'true' && value !== 'false') throw notUnderstood(scan.wrong);
  return { attribute, value: value === 'true' };
}

function take(scan: Scan, pattern: RegExp): string {
  skipSpaces(scan);
  pattern.lastIndex = scan.at;
  const [found] = pattern.exec(scan.text) ?? [];
  if (found === undefined) throw notUnderstood(scan.wrong);
  scan.at += found.length;
  return found;
}

function skipSpaces(scan: Scan): void {
  while (scan.text[scan.at] === ' ') scan.at += 1;
}

function notUnderstood(wrong: ScimType): Error {
  return scimProblem(wrong, 'a filter is `attribute eq "value"`, several joined by `and`');
}

const asked: Readonly<
  Record<ResourceSchema['type'], Readonly<Record<string, DirectoryTerm['attribute']>>>
> = {
  User: {
    id: 'id',
    username: 'userName',
    externalid: 'externalId',
    active: 'active',
    emails: 'email',
    'emails.value': 'email',
  },
  Group: {
    id: 'id',
    displayname: 'displayName',
    externalid: 'externalId',
    members: 'member',
    'members.value': 'member',
  },
};

/** A filter as the book is asked; what it cannot be asked for is a problem, never everything. */
export function readFilter(
  schema: ResourceSchema,
  filter: string | undefined,
): readonly DirectoryTerm[] {
  if (filter === undefined) return [];
  const found = readComparisons(filter, 'invalidFilter');
  if (found.length > limits.directoryFilterTerms) {
    throw scimProblem('tooMany', `a filter has at most ${limits.directoryFilterTerms} comparisons`);
  }
  return found.map(({ attribute, value }) => {
    const known = asked[schema.type];
    const name = withoutUrn(schema, attribute).toLowerCase();
    const meant = Object.hasOwn(known, name) ? known[name] : undefined;
    if (meant === undefined || (meant === 'active') !== (typeof value === 'boolean')) {
      const names = Object.values(known).join(', ');
      throw scimProblem('invalidFilter', `a ${schema.type} is found by ${names}`);
    }
    return { attribute: meant, value: String(value) };
  });
}
