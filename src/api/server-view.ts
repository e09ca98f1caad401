import type { ServerReport, ServerState } from '#contracts/server-report.ts';
import type { CatalogueState } from '#contracts/tool-catalogue.ts';
import { sha256Hex } from '#kernel/digest.ts';
import type { Refusal } from '#kernel/errors.ts';
import type { ServerEntry, TenantSnapshot } from '#kernel/snapshot.ts';
import { isoTime } from '#kernel/time.ts';
import {
  judgeSource,
  type ServerSource,
  type SignersNeeded,
  signersNeeded,
  sourceOf,
} from '#planes/tools/index.ts';
import type { SeenServer } from './parts.ts';

/** Of several gateways the one that most needs somebody speaks for the server. */
export const mostUrgentFirst: readonly ServerState[] = [
  'failed',
  'waiting',
  'starting',
  'up',
  'off',
];

export interface ServerView {
  readonly server: string;
  readonly connect: 'stdio' | 'http';
  /** Its command with its arguments, or its address. */
  readonly runs: string;
  /** Where it comes from, as a registry names it. */
  readonly source: string;
  /** How surely it is what it was; `none`: whatever is found when it starts. */
  readonly pinned: ServerSource['pinned'];
  /** Who signed what was started last, as a gateway verified; and whether a Registry wants to know. */
  readonly signed: {
    readonly wanted: boolean;
    readonly by: string | null;
    readonly at: string | null;
  };
  /** What its content must be, in the words of its document; empty where nothing is said. */
  readonly content: string;
  readonly state: ServerState;
  /** What is wrong; null when nothing is known to be. */
  readonly why: string | null;
  /** What to do next; null when there is nothing to do. */
  readonly next: string | null;
  /** Whether a gateway has said anything of this version of its document. */
  readonly isKnown: boolean;
  readonly tools: Readonly<Record<CatalogueState, number>>;
}

export const noTools = { pinned: 0, waiting: 0, quarantined: 0, rejected: 0, gone: 0 } as const;

/** What is told of a version of the document that is not in force says nothing of the server. */
export function reportsOf(entry: ServerEntry, seen: readonly SeenServer[]): readonly SeenServer[] {
  return seen.filter(
    ({ report }) => report.server === entry.name && report.digest === entry.digest,
  );
}

export function viewServer(
  entry: ServerEntry,
  seen: readonly SeenServer[],
  tools: ServerView['tools'],
  tenant: TenantSnapshot | undefined,
): ServerView {
  const reports = reportsOf(entry, seen).map(({ report }) => report);
  const state = mostUrgentFirst.find((one) => reports.some((report) => report.state === one));
  const speaks = reports.find((report) => report.state === state);
  const { connect, name } = entry;
  const source = sourceOf(connect);
  const shut = judgeSource(tenant, entry);
  return {
    server: name,
    connect: connect.kind,
    runs: connect.kind === 'http' ? connect.url : [connect.command, ...connect.args].join(' '),
    source: source.name,
    pinned: source.pinned,
    content: contentOf(connect),
    signed: signedOf(signersNeeded(tenant, entry), reports),
    state: state ?? 'off',
    why: shut === undefined ? (speaks === undefined ? null : whyOf(speaks)) : shutWhy(shut),
    next:
      shut === undefined
        ? nextOf(name, state, connect.kind, tools.waiting)
        : shutNext(shut, name, source.name),
    isKnown: speaks !== undefined,
    tools,
  };
}

/** INVARIANT: what was verified for other rules, or by other trust, than are in force is not told as verified. */
function signedOf(
  { needs, key }: SignersNeeded,
  reports: readonly ServerReport[],
): ServerView['signed'] {
  const wanted = needs.length > 0;
  const told = reports.flatMap(({ signed }) => (signed?.wants === key ? [signed] : []));
  const last = told.toSorted((one, other) => other.at - one.at)[0];
  return wanted && last !== undefined
    ? { wanted, by: last.by, at: isoTime(last.at) }
    : { wanted, by: null, at: null };
}

function contentOf(connect: ServerEntry['connect']): string {
  if (connect.kind === 'http' || connect.package === undefined) return '';
  const { package: pin } = connect;
  if (pin.kind === 'file') return `sha256 ${pin.sha256}`;
  if (pin.kind === 'pypi') return `requirements ${sha256Hex(pin.requirements.join('\n'))}`;
  return pin.tree === undefined ? pin.integrity : `${pin.integrity} tree ${pin.tree}`;
}

/** INVARIANT: a server that a Registry switches off says so, whatever was seen of it before. */
function shutWhy({ message, code }: Refusal): string {
  return `a Registry switches it off: ${message} (${code})`;
}

function shutNext({ code, message }: Refusal, name: string, source: string): string {
  const remove = `or take it out: \`bailiwick server remove ${name}\``;
  if (code === 'tools/server-unpinned') {
    return `pin its content in its document (docs/config.md), ${remove}`;
  }
  return message.includes(': ')
    ? `take that out of its document, ${remove}`
    : `add \`${source}\` to \`sources\` of a Registry document, ${remove}`;
}

function whyOf({ state, fault, ended }: ServerReport): string | null {
  if (state !== 'failed' && state !== 'waiting') return null;
  // How its process ended is told beside what the gateway made of it.
  const since = Math.max(fault?.at ?? 0, 0) - aboutAtOnceMs;
  const end = state === 'failed' && ended !== null && ended.at >= since ? ended.why : undefined;
  const words = [fault?.message, end].filter((one) => one !== undefined);
  return words.length === 0 ? null : words.join('; ');
}

const aboutAtOnceMs = 60_000;

function nextOf(
  name: string,
  state: ServerState | undefined,
  kind: ServerView['connect'],
  waiting: number,
): string | null {
  if (state === 'failed') {
    return kind === 'stdio'
      ? `\`bailiwick server logs ${name}\` shows what it printed`
      : `see whether it runs; \`bailiwick server show ${name}\` says when it is tried again`;
  }
  if (waiting > 0) return `\`bailiwick tool approve ${name} --all\` shows them and asks`;
  return null;
}
