import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { documentProblems, unknownName } from '#contracts/document-kind.ts';
import { type ExportForm, exportForms, type SinkKind } from '#contracts/event-sink.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { sha256Hex } from '#kernel/digest.ts';
import { canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import { limits } from '#kernel/limits.ts';
import { invalid } from './folder.ts';
import { byPlace, type ConfigProblem } from './problem.ts';
import type { SourceFile } from './read-folder.ts';
import { type RawDocument, readYaml } from './read-yaml.ts';

/** One receiver of records, as the file of exports names it. */
export interface NamedSink {
  readonly name: string;
  readonly kind: string;
  readonly tenant: string;
  readonly form: ExportForm;
  /** What its kind reads. */
  readonly spec: object;
  /** Of all that is said of it. */
  readonly digest: string;
}

export interface ReadExports {
  readonly sinks: readonly NamedSink[];
  /** INVARIANT: with any problem there is no sink: all or nothing. */
  readonly problems: readonly ConfigProblem[];
}

const keys = ['sinks'];
const ofEverySink = {
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/u, 'use 1 to 64 of a-z, 0-9 and -'),
  kind: z.string(),
  tenant: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,63}$/u)
    .optional(),
  form: z.enum(exportForms).default('record'),
};

/** The same, read from where it lies. Throws `config/unreadable`, or `config/invalid` with every problem. */
export function loadExports(
  file: string,
  kinds: readonly SinkKind[],
  systemTenant: string,
): readonly NamedSink[] {
  const source = { file, bytes: bytesOf(file) };
  const { sinks, problems } = readExports(source, kinds, systemTenant, isReadable);
  if (problems.length === 0) return sinks;
  throw invalid(
    problems.map(
      ({ file: of, line, message, suggestedAction }) =>
        `${of}:${line}: ${message} (${suggestedAction})`,
    ),
  );
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const message = `\`${file}\` cannot be read`;
    throw new BailiwickError('config/unreadable', { message, cause });
  }
}

const common = z.object(ofEverySink);

/** The type of a schema that was put together of two is not known to the compiler. */
function commonOf(data: object): z.output<typeof common> {
  return common.parse(data);
}

type Say = (path: readonly (string | number)[], message: string, action: string) => void;

/** The file that `up --exports` names: one YAML document, `sinks:` with a list. */
export function readExports(
  source: SourceFile,
  kinds: readonly SinkKind[],
  systemTenant: string,
  /** Whether a file that it names can be read; where nobody looks, each can. */
  isReadableFile: (path: string) => boolean = () => true,
): ReadExports {
  const { documents, problems: ofYaml } = readYaml(source);
  const problems = [...ofYaml];
  const [raw, second] = documents;
  if (second !== undefined) {
    problems.push(second.problem([], 'a second document', 'write one document, with one `sinks`'));
  }
  if (raw === undefined) {
    const message = 'there is no `sinks`';
    const suggestedAction = 'see docs/exports.md';
    if (problems.length === 0) {
      problems.push({ file: source.file, line: 1, column: 1, message, suggestedAction });
    }
    return { sinks: [], problems };
  }
  const say: Say = (...of) => problems.push(raw.problem(...of));
  const sinks = readSinks(raw, { kinds, systemTenant, isReadableFile, say });
  return problems.length > 0
    ? { sinks: [], problems: problems.sort(byPlace) }
    : { sinks, problems: [] };
}

function readSinks({ value }: RawDocument, reading: Omit<Reading, 'at'>): readonly NamedSink[] {
  const { say } = reading;
  if (!isJsonObject(value)) {
    say([], 'this is no map', 'write `sinks:` with a list; see docs/exports.md');
    return [];
  }
  for (const key of Object.keys(value).filter((one) => !keys.includes(one))) {
    say([key], `unknown key ${unknownName(key, keys)}`, 'only `sinks` stands here');
  }
  const { sinks } = value;
  if (!Array.isArray(sinks)) {
    say(['sinks'], '`sinks` is missing or no list', 'write a list; see docs/exports.md');
    return [];
  }
  if (sinks.length > limits.exportSinks) {
    say(['sinks'], `more than ${limits.exportSinks} sinks`, 'name fewer');
  }
  const names = new Set<string>();
  return (sinks as readonly Json[]).flatMap((sink, at) => {
    const one = readSink(sink, { ...reading, at });
    if (one === undefined) return [];
    if (names.has(one.name)) say(['sinks', at, 'name'], 'this name stands twice', 'rename one');
    names.add(one.name);
    return [one];
  });
}

interface Reading {
  readonly at: number;
  readonly kinds: readonly SinkKind[];
  readonly systemTenant: string;
  readonly isReadableFile: (path: string) => boolean;
  readonly say: Say;
}

function readSink(value: Json, reading: Reading): NamedSink | undefined {
  const { at, kinds, systemTenant, say } = reading;
  if (!isJsonObject(value)) {
    say(['sinks', at], 'this is no map', 'write `name`, `kind` and what the kind needs');
    return undefined;
  }
  const known = kinds.map(({ kind }) => kind);
  const kind = kinds.find((one) => one.kind === value['kind']);
  if (kind === undefined) {
    const given = value['kind'];
    const message =
      typeof given === 'string' ? `unknown kind ${unknownName(given, known)}` : '`kind` is missing';
    say(['sinks', at, 'kind'], message, `use one of ${known.join(', ')}`);
    return undefined;
  }
  // What a kind says of two fields together holds beside what is said of every sink.
  const schema = kind.spec.safeExtend(ofEverySink);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    tellIssues(parsed.error.issues, { value, at, schema, say });
    return undefined;
  }
  const { name, tenant = systemTenant, form } = commonOf(parsed.data);
  const spec = Object.fromEntries(
    Object.entries(parsed.data).filter(([key]) => !Object.hasOwn(ofEverySink, key)),
  );
  tellUnreadable(name, spec, reading);
  const digest = sha256Hex(canonicalText(value));
  return { name, kind: kind.kind, tenant, form, spec, digest };
}

/** INVARIANT: a receiver whose secret is not there is a mistake that is told at the start, with its field. */
function tellUnreadable(
  name: string,
  spec: Readonly<Record<string, unknown>>,
  { at, isReadableFile, say }: Reading,
): void {
  for (const [field, path] of Object.entries(spec)) {
    if (!field.endsWith('File') || typeof path !== 'string' || isReadableFile(path)) continue;
    say(
      ['sinks', at, field],
      `\`${field}\` of \`${name}\` names \`${path}\`, which is no file that can be read`,
      'put the secret there, readable for the user of this program, or correct the path',
    );
  }
}

function tellIssues(
  issues: readonly z.core.$ZodIssue[],
  of: {
    readonly value: JsonObject;
    readonly at: number;
    readonly schema: z.core.$ZodType;
    readonly say: Say;
  },
): void {
  // In the words that documents have, without the words about documents.
  for (const problem of documentProblems('', of.value, issues, of.schema)) {
    const path = problem.path.slice(1);
    const message = problem.message.replace('`spec.', '`');
    of.say(['sinks', of.at, ...path], message, 'see docs/exports.md');
  }
}
