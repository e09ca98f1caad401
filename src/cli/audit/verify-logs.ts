import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { BailiwickError } from '#kernel/errors.ts';
import { isJsonObject, type JsonObject } from '#kernel/json/index.ts';
import {
  archivedSize,
  type CheckpointTrust,
  headFolders,
  type KnownHead,
  type LogProblem,
  type LogVerdict,
  type NoteVerifier,
  openCheckpoint,
  parseCheckpointText,
  parseNote,
  parseVkey,
  prunedFile,
  verifyLogFolder,
  witnessedFile,
} from '#tlog/index.ts';
import { type Anchored, type AnchorTrust, readAnchors, toldAnchors } from './anchored-heads.ts';
import type { KeptHead } from './kept-heads.ts';
import { logFolders } from './log-folders.ts';
import { headsHeldAgainst, notedFrom, orAccepted, type SaidLoss } from './noted-heads.ts';
import { PrivacyActs, type ProcessFinding } from './held-erasures.ts';
import { isClaimed, mayArchiveLack, type PruneClaim } from './prune-claims.ts';
import { RecordChecks } from './record-checks.ts';
import { explainedText, prunedText, secondText } from './verdict-texts.ts';
import { keysFor, notItsKey, secondKeysFor, underOneOf } from './trusted-keys.ts';

export interface CheckedLogs {
  /** The worst of all logs. */
  readonly status: 'inconsistent' | 'consistent' | 'witnessed';
  readonly logs: readonly JsonObject[];
  /** Acts that broke a rule, on the word of logs that hold: nothing is wrong with a log. */
  readonly findings: readonly ProcessFinding[];
}

export interface VerifyOptions {
  /** Verifier keys that are trusted: each vouches for every log under its own prefix. */
  readonly keys?: readonly string[];
  /** What the ratchet, a saved checkpoint or a witness remembers: what was put back or rewritten is found. */
  readonly kept?: readonly KeptHead[];
  /** Verifier keys of witnesses that are trusted. */
  readonly witnesses?: readonly string[];
  /** How many of them must have cosigned; 1 unless said. */
  readonly quorum?: number;
  /** Whose word of what was noted outside counts. */
  readonly anchors?: AnchorTrust;
  /** Each of these logs is one of an archive, also where it does not look so. */
  readonly isArchive?: boolean;
  readonly now?: number;
  /** Told now and then how far one log is. */
  readonly progress?: (log: string, records: number) => void;
}

/** Every log below the folder, `<tenant>/<class>/<writer>`; a folder without any is an error. */
export function verifyLogs(root: string, options: VerifyOptions = {}): CheckedLogs {
  const folders = logFolders(root);
  if (folders.length === 0) {
    throw new BailiwickError('config/unreadable', {
      message: `there is no log below \`${root}\``,
      suggestedAction: 'name the log folder, or the data folder with `--data`',
    });
  }
  const kept = [...(options.kept ?? [])];
  const ofDirectories: KeptHead[] = [];
  const said: PruneClaim[] = [];
  const acts = new PrivacyActs();
  const losses: SaidLoss[] = [];
  const verdictOf = (folder: string): JsonObject => {
    if (folders.some((one) => one.startsWith(`${folder}${sep}`))) {
      return told(relative(root, folder), claimedOrigin(folder) ?? null, [hidesOthers]);
    }
    const checks = new RecordChecks();
    const verdict = verifyOne(root, folder, { ...options, kept: [...kept], checks });
    // What grows meanwhile is never missed: a directory is read before the logs that it names.
    kept.push(...checks.noted.heads());
    ofDirectories.push(...checks.noted.directories());
    // What a log that does not hold says counts for nothing.
    const { status } = verdict;
    if (status === 'inconsistent') return verdict;
    said.push(...checks.pruned.claims());
    acts.add(checks.privacy.said());
    losses.push(...checks.noted.accepted().map((loss) => ({ loss, status })));
    return verdict;
  };
  const isArchive = (log: JsonObject) =>
    options.isArchive === true ||
    existsSync(join(root, typeof log['log'] === 'string' ? log['log'] : '', headFolders.signed));
  const sorted = folders.toSorted(directoriesFirst);
  const found = sorted.map(verdictOf).map((log, at) => {
    const heads = headsHeldAgainst(log, ofDirectories, isArchive(log));
    // Other logs say how long a directory was, and were read behind it: it is looked into once more.
    return heads.length === 0
      ? log
      : verifyOne(root, sorted[at] ?? '', {
          ...options,
          kept: [...kept, ...heads],
          checks: new RecordChecks(),
        });
  });
  // Those that were born meanwhile are spoken of already.
  found.push(
    ...logFolders(root)
      .filter((one) => !folders.includes(one))
      .map(verdictOf),
  );
  const now = options.now ?? Date.now();
  const confirmed = found.map((log) =>
    confirmPruned(log, said, isArchive(log) ? { now } : undefined),
  );
  const logs = [...confirmed, ...missingLogs(found, kept).map((one) => orAccepted(one, losses))];
  const worst = logs.some(({ status }) => status === 'inconsistent')
    ? 'inconsistent'
    : logs.every(({ status }) => status === 'witnessed')
      ? 'witnessed'
      : 'consistent';
  return { status: worst, logs, findings: acts.heldErasures() };
}

/** They say how long the others are. */
function directoriesFirst(one: string, other: string): number {
  const rank = (folder: string) => (basename(dirname(folder)) === 'directory' ? 0 : 1);
  return rank(one) - rank(other);
}

/** Where logs lie nothing else does: what was put there would be taken for all there is. */
const hidesOthers: LogProblem = { kind: 'key', message: 'other logs lie below it', path: '' };

/** INVARIANT: whatever is wrong with one log is its own verdict, and hides no other. */
function verifyOne(root: string, folder: string, options: Judging): JsonObject {
  const log = relative(root, folder);
  const { checks } = options;
  const { verdict, anchored } = judge(log, folder, options);
  const origin = claimedOrigin(folder) ?? null;
  const problems = [...checks.problems(), ...anchored.problems];
  if (verdict.status === 'inconsistent') return told(log, origin, [verdict.problem, ...problems]);
  if (problems.length > 0) return told(log, origin, problems);
  const {
    status,
    size,
    root: hash,
    payloads,
    witnesses,
    witnessedTo,
    pruned,
    lacksSecond,
  } = verdict;
  const others = toldAnchors(anchored);
  const explained = checks.explained();
  return {
    log,
    status,
    origin,
    size,
    root: Buffer.from(hash).toString('hex'),
    payloads,
    witnessedTo,
    witnesses: [...witnesses],
    ...(pruned === undefined ? {} : { pruned: { ...pruned } }),
    ...(lacksSecond ? { lacksSecond } : {}),
    ...others.fields,
    ...(explained === undefined ? {} : { explained: { ...explained } }),
    message:
      (status === 'witnessed'
        ? `witnessed to ${witnessedTo} by ${witnesses.join(', ')}`
        : `every hash and signature holds; unwitnessed since ${witnessedTo}`) +
      secondText(lacksSecond) +
      prunedText(pruned) +
      others.text +
      explainedText(explained),
  };
}

/** INVARIANT: a front that is gone, and of which no record of logs that hold says so, is a fault. */
function confirmPruned(
  log: JsonObject,
  said: readonly PruneClaim[],
  archive: { readonly now: number } | undefined,
): JsonObject {
  const { pruned, origin } = log;
  if (!isJsonObject(pruned) || typeof origin !== 'string') return log;
  const to = Number(pruned['to']);
  const isSaid = isClaimed(said, origin, pruned);
  const mayLack = archive === undefined || mayArchiveLack(said, origin, to, archive.now);
  if (isSaid && mayLack) return log;
  const message = isSaid
    ? `the first ${to} records are missing: they were pruned where they came from because this archive has them, and their minimum is not over`
    : `the first ${to} records are gone, and no record here says that they were pruned`;
  const problem = { kind: 'pruned', index: 0, count: to, message, path: prunedFile } as const;
  return told(typeof log['log'] === 'string' ? log['log'] : '', origin, [problem]);
}

function told(log: string, origin: string | null, problems: readonly LogProblem[]): JsonObject {
  const [first] = problems;
  return {
    log,
    status: 'inconsistent',
    origin,
    size: null,
    kind: first?.kind ?? null,
    message: `inconsistent${first?.index === undefined ? '' : ` at ${first.index}`}: ${problems.map(({ message }) => message).join('; ')}`,
    index: first?.index ?? null,
    count: first?.count ?? null,
    path: first?.path ?? null,
  };
}

interface Judging extends VerifyOptions {
  readonly checks: RecordChecks;
}

const recordsPerProgress = 10_000;

interface Judged {
  readonly verdict: LogVerdict;
  readonly anchored: Anchored;
}

const noAnchors: Anchored = {
  heads: [],
  problems: [],
  timestamps: [],
  entry: undefined,
  unknown: 0,
};

function judge(log: string, folder: string, options: Judging): Judged {
  try {
    const { checks, progress, kept = [] } = options;
    const published = publishedSize(folder);
    const read = readerOf(folder);
    const key = trustedKey(log, folder, options.keys ?? []);
    const second = secondKeysFor(key.name, options.keys ?? []).map(parseVkey);
    const trust = { log: key, witnesses: (options.witnesses ?? []).map(parseVkey), second };
    const known: KnownHead[] = kept.filter(({ origin }) => origin === trust.log.name);
    const archived = archivedHeads(folder).map((path) => headOf(read(path), trust, path));
    // What an archive has beyond its newest head is on its way: its head comes last.
    const paths = filesBelow(folder, folder).filter(
      (path) => archived.length === 0 || !path.startsWith(join('tile', 'entries')),
    );
    const anchored = readAnchors(folder, trust, options.anchors ?? { roots: [], logs: [] });
    const verdict = verifyLogFolder(read, {
      trust,
      known: [...known, ...published, ...archived, ...anchored.heads],
      ...(options.quorum === undefined ? {} : { quorum: options.quorum }),
      list: () => paths,
      each: (entry, index) => {
        checks.take(entry, index);
        if (index > 0 && index % recordsPerProgress === 0) progress?.(log, index);
      },
    });
    return { verdict, anchored };
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : 'the log cannot be read';
    const path = fault instanceof BailiwickError ? 'vkey' : '';
    const problem: LogProblem = { kind: 'key', message, path };
    return { verdict: { status: 'inconsistent', problem }, anchored: noAnchors };
  }
}

/** The key that the caller trusts, under this log's own name; else the one that lies in the folder. */
function trustedKey(log: string, folder: string, given: readonly string[]): NoteVerifier {
  const [some] = given;
  if (some === undefined) {
    const own = readIfThere(join(folder, 'vkey'))?.toString('utf8').trim() ?? '';
    if (own !== '') return parseVkey(own);
    throw new BailiwickError('audit/proof-invalid', { message: 'the key is not there' });
  }
  const origin = claimedOrigin(folder) ?? parseVkey(some).name;
  if (keysFor(origin, given).length === 0) throw misplaced(notItsKey(origin, given));
  const place = log.split(sep).join('/');
  // A log in another's place would else be verified under its own name.
  if (place !== '' && !`/${origin}`.endsWith(`/${place}`)) {
    throw misplaced(`the log calls itself \`${origin}\`, which does not belong here`);
  }
  return signing(folder, origin, given);
}

function misplaced(message: string): BailiwickError {
  return new BailiwickError('audit/proof-invalid', { message });
}

/** Of several that may, the one that signed the head; where none did, what is verified says so. */
function signing(folder: string, origin: string, given: readonly string[]): NoteVerifier {
  const [first = '', ...more] = keysFor(origin, given);
  if (more.length === 0) return parseVkey(first);
  const head = readerOf(folder)('checkpoint') ?? Buffer.alloc(0);
  try {
    return underOneOf(origin, given, ({ log }) => {
      openCheckpoint(head, { log });
      return log;
    });
  } catch {
    return parseVkey(first);
  }
}

function claimedOrigin(folder: string): string | undefined {
  try {
    const bytes = readerOf(folder)('checkpoint');
    return bytes === undefined ? undefined : parseCheckpointText(parseNote(bytes).text).origin;
  } catch {
    return undefined;
  }
}

/** The writer's own note of what it has published: a checkpoint below it was put back. */
function publishedSize(folder: string): KnownHead[] {
  const text = readIfThere(join(folder, 'writer-state'))?.toString('utf8') ?? '';
  const published = Number(text.split('\n')[3]);
  return Number.isSafeInteger(published) && published > 0 ? [{ size: published }] : [];
}

/** Logs that were signed and are not here any more, each once. */
function missingLogs(found: readonly JsonObject[], kept: readonly KeptHead[]): JsonObject[] {
  const here = new Set(found.map(({ origin }) => origin));
  // Of a part of the logs, copied by itself, what it says of others asks for nothing.
  const isBelow = belowFound(found);
  const gone = new Map<string, KeptHead>();
  for (const head of kept) {
    const isAsked = head.from !== notedFrom || isBelow(head.origin);
    if (head.size === 0 || here.has(head.origin) || !isAsked) continue;
    if (head.size >= (gone.get(head.origin)?.size ?? 0)) gone.set(head.origin, head);
  }
  return [...gone.values()].map(({ origin, size }) => {
    const message = `the log is gone; ${size} records of it were signed`;
    const problem = { kind: 'truncated', index: 0, count: size, message } as const;
    return told(origin.split('/').slice(-3).join('/'), origin, [problem]);
  });
}

/** An archive writes nothing over: each head has a name of its own there, and the newest speaks for it. */
function readerOf(folder: string): (path: string) => Buffer | undefined {
  const newest = {
    checkpoint: headsIn(folder, headFolders.signed).at(-1),
    [witnessedFile]: headsIn(folder, headFolders.witnessed).at(-1),
  };
  return (path) => {
    const archived = path === 'checkpoint' || path === witnessedFile ? newest[path] : undefined;
    const found = readIfThere(join(folder, path));
    return found ?? (archived === undefined ? undefined : readIfThere(join(folder, archived)));
  };
}

function headsIn(folder: string, of: string): string[] {
  const path = join(folder, of);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => archivedSize(name) !== undefined)
    .sort()
    .map((name) => `${of}/${name}`);
}

/** INVARIANT: every head that the archive ever took is held against the records, not the newest alone. */
function archivedHeads(folder: string): string[] {
  return existsSync(join(folder, 'checkpoint')) ? [] : headsIn(folder, headFolders.signed);
}

function headOf(bytes: Buffer | undefined, trust: CheckpointTrust, path: string): KnownHead {
  const { size, root } = openCheckpoint(bytes ?? Buffer.alloc(0), trust);
  if (size === archivedSize(path)) return { size, root, from: `\`${path}\`` };
  throw new BailiwickError('audit/proof-invalid', {
    message: `\`${path}\` is the head of another size`,
  });
}

/** Whether a log of this name would lie where those lie that were found. */
function belowFound(found: readonly JsonObject[]): (origin: string) => boolean {
  const bases = found.flatMap(({ log, origin }) => {
    const place = typeof log === 'string' ? log.split(sep).join('/') : '';
    return typeof origin === 'string' && origin.endsWith(place)
      ? [origin.slice(0, origin.length - place.length)]
      : [];
  });
  return (origin) => bases.some((base) => origin.startsWith(base));
}

function readIfThere(path: string): Buffer | undefined {
  return existsSync(path) ? readFileSync(path) : undefined;
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(root, path) : [relative(root, path)];
  });
}
