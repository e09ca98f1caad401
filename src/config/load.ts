import {
  type DocumentKind,
  type DocumentReference,
  unknownName,
} from '#contracts/document-kind.ts';
import type { DocumentChange } from '#contracts/document-store.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { nearest, visibleText } from '#kernel/text/index.ts';
import { byPlace, type ConfigProblem } from './problem.ts';
import { type ReadFolder, readFolder, type SourceFile } from './read-folder.ts';
import { type RawDocument, readYaml } from './read-yaml.ts';
import { type Declared, declare, strayReference } from './references.ts';

export interface LoadedDocument extends DocumentChange {
  readonly tenant: string;
  readonly file: string;
  readonly line: number;
  /** `FILE:LINE:COLUMN` of the document, or of a line of its text. */
  place(line?: number, column?: number): string;
}

export interface LoadOptions {
  /** Every kind that a document may have; a plane owns each. */
  readonly kinds: readonly DocumentKind[];
  /** Documents that stand elsewhere (the API owns them) and may be referred to. */
  readonly elsewhere?: readonly { readonly kind: string; readonly name: string }[];
  /** The tenant that is served; a document that names another one is a problem. */
  readonly tenant?: string;
}

export type LoadSource =
  | { readonly folder: string; readonly readFolder?: ReadFolder }
  | { readonly files: readonly SourceFile[] };

export interface LoadedDocuments {
  readonly documents: readonly LoadedDocument[];
  /** By file, line and column. INVARIANT: with any problem there is no document: all or nothing. */
  readonly problems: readonly ConfigProblem[];
}

interface Loading {
  readonly kinds: ReadonlyMap<string, DocumentKind>;
  readonly tenant: string;
  readonly problems: ConfigProblem[];
  readonly documents: Map<string, LoadedDocument>;
  /** `kind/name` of every document that is there, broken ones too. */
  readonly names: Set<string>;
  readonly declared: Declared;
  readonly references: { readonly from: RawDocument; readonly to: DocumentReference }[];
}

/** Every document of a folder, or every problem at once. */
export function loadDocuments(options: LoadOptions & LoadSource): LoadedDocuments {
  const read =
    'files' in options
      ? { files: options.files, problems: [] }
      : (options.readFolder ?? readFolder)(options.folder);
  const loading: Loading = {
    kinds: new Map(options.kinds.map((kind) => [kind.kind, kind])),
    tenant: options.tenant ?? 'main',
    problems: [...read.problems],
    documents: new Map(),
    names: new Set((options.elsewhere ?? []).map(({ kind, name }) => `${kind}/${name}`)),
    declared: new Map(),
    references: [],
  };
  for (const source of read.files) loadFile(loading, source);
  checkReferences(loading);
  const hasProblems = loading.problems.length > 0;
  return {
    documents: hasProblems ? [] : [...loading.documents.values()],
    problems: told(loading.problems.sort(byPlace)),
  };
}

const mostProblems = 500;

/** Beyond some hundred nobody reads on; the rest is counted. */
function told(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  const last = problems[mostProblems];
  if (last === undefined) return problems;
  const message = `${problems.length - mostProblems} more problems from here on`;
  const suggestedAction = 'correct the listed ones first';
  return [...problems.slice(0, mostProblems), { ...last, message, suggestedAction }];
}

function loadFile(loading: Loading, source: SourceFile): void {
  if (source.bytes.length > limits.documentBytes) {
    const message = `the file is larger than ${limits.documentBytes} bytes`;
    const suggestedAction = 'split it into several files';
    loading.problems.push({ file: source.file, line: 1, column: 1, message, suggestedAction });
    return;
  }
  const { documents, problems } = readYaml(source);
  loading.problems.push(...problems);
  for (const raw of documents) loadDocument(loading, raw);
}

interface Envelope {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly spec: JsonObject;
}

function loadDocument(loading: Loading, raw: RawDocument): void {
  const envelope = readEnvelope(loading, raw);
  if (envelope === undefined) return;
  const { kind, name, spec } = envelope;
  const key = `${kind.kind}/${name}`;
  if (loading.documents.has(key)) {
    const message = `there are two documents \`${key}\``;
    loading.problems.push(raw.problem(['name'], message, 'rename or remove one of them'));
    return;
  }
  const { file, line } = raw.problem(['kind'], '', '');
  loading.names.add(key);
  loading.documents.set(key, {
    kind: kind.kind,
    name,
    spec,
    digest: sha256Hex(canonicalText(spec)),
    tenant: loading.tenant,
    file,
    line,
    place: (at, column = 1) => {
      if (at === undefined || kind.text === undefined) return `${file}:${line}:1`;
      const found = raw.textPlace(kind.text, at, column);
      return `${found.file}:${found.line}:${found.column}`;
    },
  });
  if (loading.documents.size === limits.documents + 1) {
    const message = `there are more than ${limits.documents} documents`;
    loading.problems.push(raw.problem([], message, 'use fewer documents'));
  }
  const parsed = kind.parse(name, spec);
  if (parsed.kind === 'problems') {
    for (const { path, message, suggestedAction } of parsed.problems) {
      loading.problems.push(raw.problem(path, message, suggestedAction));
    }
    return;
  }
  declare(loading.declared, kind, parsed.entry);
  for (const to of parsed.references) loading.references.push({ from: raw, to });
}

const envelopeKeys = ['kind', 'name', 'spec', 'tenant'];
const documentName = /^[a-z0-9][a-z0-9-]{0,63}$/;

/** All problems of the envelope at once; undefined when it cannot be read further. */
function readEnvelope(loading: Loading, raw: RawDocument): Envelope | undefined {
  const { value } = raw;
  const before = loading.problems.length;
  const say = (path: readonly string[], message: string, action: string) =>
    void loading.problems.push(raw.problem(path, message, action));
  if (!isJsonObject(value)) {
    say([], 'this is no document', 'write `kind`, `name` and `spec`');
    return undefined;
  }
  for (const key of Object.keys(value).filter((one) => !envelopeKeys.includes(one))) {
    const message = `unknown key ${unknownName(key, envelopeKeys)}`;
    say([key], message, 'a document has `kind`, `name`, `spec` and `tenant`');
  }
  const kind = typeof value['kind'] === 'string' ? loading.kinds.get(value['kind']) : undefined;
  if (kind === undefined) {
    const known = [...loading.kinds.keys()].sort();
    const meant = typeof value['kind'] === 'string' ? nearest(value['kind'], known) : undefined;
    const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
    const message = `${named('kind', value['kind'])} is no kind of document${hint}`;
    say(['kind'], message, `use one of ${known.join(', ')}`);
  }
  const name = value['name'];
  if (typeof name !== 'string' || !documentName.test(name)) {
    say(['name'], `${named('name', name)} is no name`, 'use 1 to 64 of a-z, 0-9 and -');
  }
  const spec = value['spec'];
  if (!isJsonObject(spec)) say(['spec'], '`spec` is missing or no map', 'write what is declared');
  if (value['tenant'] !== undefined && value['tenant'] !== loading.tenant) {
    const message = `${named('tenant', value['tenant'])} is not served here`;
    say(['tenant'], message, `leave it out, or write \`${loading.tenant}\``);
  }
  if (loading.problems.length > before) markNamed(loading, value);
  if (kind === undefined || typeof name !== 'string' || !isJsonObject(spec)) return undefined;
  return { kind, name, spec };
}

/** A broken document is there all the same: nobody who refers to it is told that it is missing. */
function markNamed(loading: Loading, { kind, name }: JsonObject): void {
  if (typeof kind === 'string' && typeof name === 'string') loading.names.add(`${kind}/${name}`);
}

function named(key: string, value: Json | undefined): string {
  if (value === undefined) return `\`${key}\` is missing and`;
  return typeof value === 'string'
    ? `\`${visibleText(value, { maxLength: 100 })}\``
    : `the value of \`${key}\``;
}

function checkReferences({ names, declared, references, problems }: Loading): void {
  for (const { from, to } of references) {
    const stray = strayReference(to, names, declared);
    if (stray !== undefined)
      problems.push(from.problem(to.path, stray.message, stray.suggestedAction));
  }
}
