import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { DocumentKind } from '#contracts/document-kind.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, parseJson } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { type DocumentFile, readDocumentFolder } from './read-folder.ts';

export interface LoadedDocument {
  readonly kind: string;
  readonly name: string;
  readonly spec: JsonObject;
  readonly digest: string;
}

export interface FileProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly suggestedAction: string;
}

export interface Loaded {
  /** Empty when there is any problem: all or nothing. */
  readonly documents: readonly LoadedDocument[];
  readonly problems: readonly FileProblem[];
}

type Kinds = readonly DocumentKind<unknown>[];
type Path = readonly (string | number)[];

/** One YAML document with the means to say where something stands in it. */
interface Placed {
  readonly file: string;
  readonly yaml: Document.Parsed;
  readonly lines: LineCounter;
}

interface Parsed extends Placed {
  readonly document: LoadedDocument;
  readonly references: readonly { kind: string; name: string; path: Path }[];
}

const head = z.strictObject({
  kind: z.string(),
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'use a-z, 0-9 and -'),
  spec: z.record(z.string(), z.unknown()),
});

export function loadDocuments(options: { readonly folder: string; readonly kinds: Kinds }): Loaded {
  return parseDocuments(readDocumentFolder(options.folder), options.kinds);
}

/** Every problem of every file at once. */
export function parseDocuments(files: readonly DocumentFile[], kinds: Kinds): Loaded {
  const problems: FileProblem[] = [];
  const parsed = files.flatMap((file) => parseFile(file, kinds, problems));
  findDuplicates(parsed, problems);
  findDangling(parsed, problems);
  if (parsed.length > limits.documents) {
    problems.push({
      file: files[0]?.file ?? '',
      line: 1,
      column: 1,
      message: `more than ${limits.documents} documents`,
      suggestedAction: 'split them over tenants',
    });
  }
  const sorted = problems.sort((a, b) =>
    a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1,
  );
  return {
    documents: sorted.length > 0 ? [] : parsed.map(({ document }) => document),
    problems: sorted,
  };
}

function parseFile({ file, text }: DocumentFile, kinds: Kinds, problems: FileProblem[]): Parsed[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    strict: true,
    prettyErrors: false,
  });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((yaml) => {
    const placed: Placed = { file, yaml, lines };
    for (const error of [...yaml.errors, ...yaml.warnings]) {
      problems.push(problemAt(placed, error.pos[0], firstLine(error.message), 'correct the YAML'));
    }
    if (yaml.errors.length + yaml.warnings.length > 0 || yaml.contents === null) return [];
    return parseOne(placed, kinds, problems);
  });
}

function parseOne(placed: Placed, kinds: Kinds, problems: FileProblem[]): Parsed[] {
  const value = plainValue(placed, problems);
  if (value === undefined) return [];
  const parsed = head.safeParse(value);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      problems.push(at(placed, path as Path, message, 'a document has kind, name and spec'));
    }
    return [];
  }
  const { kind: kindName, name } = parsed.data;
  const spec = parsed.data.spec as JsonObject;
  const kind = kinds.find((one) => one.kind === kindName);
  if (kind === undefined) {
    const known = kinds.map((one) => one.kind).join(', ');
    problems.push(at(placed, ['kind'], `unknown kind \`${kindName}\``, `use one of ${known}`));
    return [];
  }
  const read = kind.parse(name, spec);
  if (read.kind === 'problems') {
    for (const one of read.problems) {
      problems.push(at(placed, one.path, one.message, one.suggestedAction));
    }
    return [];
  }
  const document = { kind: kindName, name, spec, digest: sha256Hex(canonicalText(spec)) };
  return [{ ...placed, document, references: read.references }];
}

/** As JSON would have it: whatever YAML can say beyond that is refused by the strict reader. */
function plainValue(placed: Placed, problems: FileProblem[]): unknown {
  try {
    const value: unknown = placed.yaml.toJS({ maxAliasCount: 16 });
    return parseJson(Buffer.from(JSON.stringify(value)));
  } catch (fault) {
    const why = fault instanceof Error ? fault.message : 'not plain data';
    problems.push(at(placed, [], why, 'use plain mappings, lists, texts and numbers'));
    return undefined;
  }
}

function findDuplicates(parsed: readonly Parsed[], problems: FileProblem[]): void {
  const seen = new Map<string, string>();
  for (const one of parsed) {
    const key = `${one.document.kind} ${one.document.name}`;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, one.file);
    else
      problems.push(at(one, ['name'], `${key} stands in \`${first}\` already`, 'keep one of them'));
  }
}

function findDangling(parsed: readonly Parsed[], problems: FileProblem[]): void {
  const known = new Set(parsed.map(({ document }) => `${document.kind} ${document.name}`));
  for (const one of parsed) {
    for (const { kind, name, path } of one.references) {
      if (known.has(`${kind} ${name}`)) continue;
      problems.push(
        at(one, path, `there is no ${kind} \`${name}\``, `add the ${kind}, or correct the name`),
      );
    }
  }
}

/** The place of the deepest part of the path that is there. */
function at(placed: Placed, path: Path, message: string, suggestedAction: string): FileProblem {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = placed.yaml.getIn(path.slice(0, length), true);
    const range = isNode(node) ? node.range : undefined;
    if (range !== undefined && range !== null) {
      const where = path.length === 0 ? '' : `${path.join('.')}: `;
      return problemAt(placed, range[0], `${where}${message}`, suggestedAction);
    }
  }
  return problemAt(placed, 0, message, suggestedAction);
}

function isNode(value: unknown): value is { range?: readonly [number, number, number] | null } {
  return typeof value === 'object' && value !== null && 'range' in value;
}

function problemAt(
  { file, lines }: Placed,
  offset: number,
  message: string,
  suggestedAction: string,
): FileProblem {
  const { line, col } = lines.linePos(offset);
  return { file, line, column: col, message, suggestedAction };
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
