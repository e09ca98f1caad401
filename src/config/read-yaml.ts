import type { Document, LineCounter, ParsedNode, YAMLMap } from 'yaml';
import { BailiwickError } from '#kernel/errors.ts';
import { type Json, parseJson } from '#kernel/json/index.ts';
import { decimalSurvives } from '#kernel/json/decimal.ts';
import { limits } from '#kernel/limits.ts';
import { visibleText } from '#kernel/text/index.ts';
import type { ConfigProblem } from './problem.ts';
import type { SourceFile } from './read-folder.ts';
import { library } from './yaml-library.ts';

export type DocumentPath = readonly (string | number)[];

/** One YAML document as a strict JSON value, and where its parts stand in the file. */
export interface RawDocument {
  readonly value: Json;
  problem(path: DocumentPath, message: string, suggestedAction: string): ConfigProblem;
  /** Where a line of a text in it stands in the file. */
  textPlace(path: DocumentPath, line: number, column: number): TextPlace;
}

export type TextPlace = Pick<ConfigProblem, 'file' | 'line' | 'column'>;

export interface ReadYaml {
  readonly documents: readonly RawDocument[];
  readonly problems: readonly ConfigProblem[];
}

type Yaml = Document.Parsed;

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineCounter;
}

const problemsPerFile = 50;

/** YAML 1.2, core schema: no merge keys, no tags of one's own, no key twice, few aliases. */
export function readYaml({ file, bytes }: SourceFile): ReadYaml {
  const lines = new (library().LineCounter)();
  const text = decode(bytes);
  const source = { file, lines, text: text ?? '' };
  if (text === undefined) {
    const message = 'the file is not valid UTF-8';
    return { documents: [], problems: [at(source, 0, message, 'save it as UTF-8')] };
  }
  const parsed = library().parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    stringKeys: true,
    merge: false,
    resolveKnownTags: false,
    prettyErrors: false,
    // The check of the library is quadratic; ours stands in `checkNodes`.
    uniqueKeys: false,
    lineCounter: lines,
  });
  const problems: ConfigProblem[] = [];
  const documents: RawDocument[] = [];
  for (const yaml of parsed as readonly Yaml[]) {
    const found = yamlProblems(source, yaml);
    problems.push(...found);
    if (found.length > 0 || yaml.contents === null || isEmptyScalar(yaml.contents)) continue;
    const raw = toRaw(source, yaml);
    if ('value' in raw) documents.push(raw);
    else problems.push(raw);
  }
  return { documents, problems: capped(source, problems) };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isEmptyScalar(node: ParsedNode): boolean {
  return library().isScalar(node) && node.value === null && (node.source ?? '') === '';
}

function yamlProblems(source: Source, yaml: Yaml): ConfigProblem[] {
  const problems = [...yaml.errors, ...yaml.warnings].map(({ pos, message }) =>
    at(source, pos[0], `broken YAML: ${plain(message)}`, 'correct the YAML'),
  );
  const { explicit, version } = yaml.directives.yaml;
  if (explicit === true && version !== '1.2') {
    const where = yaml.contents?.range[0] ?? 0;
    problems.push(at(source, where, 'only YAML 1.2 is read', 'remove the `%YAML` line'));
  }
  return problems.length > 0 ? problems : checkNodes(source, yaml);
}

function plain(message: string): string {
  return visibleText(message.charAt(0).toLowerCase() + message.slice(1), { maxLength: 200 });
}

/** INVARIANT: what YAML can say and JSON cannot, or says twice, is a problem and not a guess. */
function checkNodes(source: Source, yaml: Yaml): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  library().visit(yaml, {
    Map(_, map) {
      const known = new Set<unknown>();
      for (const { key } of map.items) {
        if (!library().isScalar(key)) continue;
        if (known.has(key.value)) {
          const name = visibleText(String(key.value), { maxLength: 100 });
          const where = key.range?.[0] ?? 0;
          problems.push(at(source, where, `the key \`${name}\` stands twice`, 'keep one of them'));
        }
        known.add(key.value);
      }
    },
    Scalar(_, { value, source: literal, range }) {
      if (typeof value !== 'number' || numberSurvives(literal ?? '', value)) return;
      const message = 'a number does not survive reading';
      problems.push(at(source, range?.[0] ?? 0, message, 'write fewer digits, or a string'));
    },
  });
  return problems;
}

function numberSurvives(literal: string, value: number): boolean {
  if (/^[-+]?0[xo]/.test(literal)) return Number.isSafeInteger(value);
  return decimalSurvives(literal.replace('+', ''), value);
}

function toRaw(source: Source, yaml: Yaml): RawDocument | ConfigProblem {
  try {
    const value = toJson(yaml);
    const offsetOf = placesOf(yaml);
    return {
      value,
      problem: (path, message, suggestedAction) =>
        at(source, offsetOf(path), message, suggestedAction),
      textPlace: (path, line, column) => textPlace(source, yaml.getIn(path, true), line, column),
    };
  } catch (fault) {
    const message =
      fault instanceof BailiwickError
        ? fault.message
        : 'anchors and aliases contain themselves or too much';
    const where = yaml.contents?.range[0] ?? 0;
    return at(source, where, message, 'write the values out, in smaller documents');
  }
}

/** Through the strict reader, so that a document follows the same rules as every other value. */
function toJson(yaml: Yaml): Json {
  const value: unknown = yaml.toJS({ maxAliasCount: limits.documentAliases });
  const bytes = Buffer.from(JSON.stringify(value));
  return parseJson(bytes, { maxBytes: limits.documentBytes });
}

type Pairs = ReadonlyMap<string, YAMLMap.Parsed['items'][number]>;

/** Where parts of one document stand; a map is indexed once, because problems can be many. */
function placesOf(yaml: Yaml): (path: DocumentPath) => number {
  const indexed = new Map<YAMLMap, Pairs>();
  const pairsOf = (map: YAMLMap.Parsed): Pairs => {
    const known = indexed.get(map);
    if (known !== undefined) return known;
    const named = map.items.map((pair) => [String(scalarOf(pair.key)), pair] as const);
    const pairs = new Map(named);
    indexed.set(map, pairs);
    return pairs;
  };
  // Of the deepest part of the path that exists.
  return (path) => {
    let node: unknown = yaml.contents;
    let offset = yaml.contents?.range[0] ?? 0;
    for (const part of path) {
      if (library().isAlias(node)) node = node.resolve(yaml);
      if (library().isMap(node)) {
        const pair = pairsOf(node as YAMLMap.Parsed).get(String(part));
        offset = startOf(pair?.key) ?? offset;
        node = pair?.value;
      } else {
        node = library().isSeq(node) ? node.items[Number(part)] : undefined;
        offset = startOf(node) ?? offset;
      }
    }
    return offset;
  };
}

/** Exact in a block (`|`), whose lines are lines of the file; else where the text begins. */
function textPlace(source: Source, node: unknown, line: number, column: number): TextPlace {
  const { file, lines, text } = source;
  const start = lines.linePos(startOf(node) ?? 0);
  const told = library().isScalar(node) && node.type === 'BLOCK_LITERAL' ? String(node.value) : '';
  const said = told.split('\n')[line - 1];
  if (said === undefined || told === '') return { file, line: start.line, column: start.col };
  const written = text.split(/\r?\n/)[start.line + line - 1] ?? '';
  return { file, line: start.line + line, column: column + written.length - said.length };
}

function scalarOf(node: unknown): unknown {
  return library().isScalar(node) ? node.value : undefined;
}

function startOf(node: unknown): number | undefined {
  return library().isScalar(node) ||
    library().isMap(node) ||
    library().isSeq(node) ||
    library().isAlias(node)
    ? node.range?.[0]
    : undefined;
}

function at(source: Source, offset: number, message: string, action: string): ConfigProblem {
  const { line, col } = source.lines.linePos(offset);
  return {
    file: source.file,
    line: Math.max(1, line),
    column: Math.max(1, col),
    message,
    suggestedAction: action,
  };
}

/** A file that is no YAML at all can have thousands; after some they tell nothing new. */
function capped(source: Source, problems: ConfigProblem[]): ConfigProblem[] {
  if (problems.length <= problemsPerFile) return problems;
  const rest = problems.length - problemsPerFile;
  const last = at(source, 0, `${rest} more problems in this file`, 'correct the listed ones first');
  return [...problems.slice(0, problemsPerFile), last];
}
