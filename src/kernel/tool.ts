import type { Json, JsonObject } from './json/value.ts';
import type { Label } from './label.ts';
import { parseTarget, type Target } from './target.ts';

/** What a call can do to the world. Held by the gateway; a server's own hints are never trusted. */
export const effectClasses = ['read', 'write', 'delete'] as const;

export type EffectClass = (typeof effectClasses)[number];

/** `server/tool`; on the MCP wire `server__tool` (`wire-name.ts`). */
export interface ToolId {
  readonly server: string;
  readonly tool: string;
}

export function toolIdText(id: ToolId): string {
  return `${id.server}/${id.tool}`;
}

export function toolTarget({ server, tool }: ToolId): Target & { readonly kind: 'tool' } {
  return { kind: 'tool', owner: server, name: tool };
}

/** Undefined for what is no tool, or a whole server. */
export function toolOf(target: Target | undefined): ToolId | undefined {
  if (target?.kind !== 'tool' || target.name === undefined) return undefined;
  return { server: target.owner, tool: target.name };
}

const serverName = /^[a-z0-9-]{1,64}$/;
const toolName = /^[A-Za-z0-9_./:-]{1,128}$/;

export function isServerName(name: string): boolean {
  return serverName.test(name);
}

/** What a document may name. A server may show others; they can be neither listed nor pinned to use. */
export function isToolName(name: string): boolean {
  return toolName.test(name);
}

/** `SERVER/TOOL`, as documents name a tool; a server's name has no slash. */
export function parseToolId(text: string): ToolId | undefined {
  const slash = text.indexOf('/');
  const server = text.slice(0, Math.max(slash, 0));
  const tool = text.slice(slash + 1);
  return isServerName(server) && isToolName(tool) ? { server, tool } : undefined;
}

/**
 * `SERVER/TOOL`, `SERVER.TOOL` or `SERVER__TOOL` of any tool that a server shows, however odd its name; `tool:`
 * may stand before each. INVARIANT: the one reading of a tool that people write, wherever they write it.
 */
export function splitToolText(given: string): ToolId | undefined {
  const text = given.replace(/^tool:/, '');
  const [mark = ''] = /\/|\.|__/.exec(text) ?? [];
  const at = text.indexOf(mark);
  if (mark === '' || at < 1) return undefined;
  return { server: text.slice(0, at), tool: text.slice(at + mark.length) };
}

/**
 * What people write: `SERVER/TOOL`, `SERVER.TOOL`, `SERVER__TOOL`, or `SERVER` for all its tools. The
 * first slash, dot or pair of underscores parts them: a server's name has none, a tool's may have all.
 */
export function parseToolAddress(
  text: string,
): { readonly server: string; readonly tool: string | undefined } | undefined {
  const split = splitToolText(text);
  const server = text.replace(/^tool:/, '');
  if (split === undefined) return isServerName(server) ? { server, tool: undefined } : undefined;
  return isServerName(split.server) && isToolName(split.tool) ? split : undefined;
}

/** A target as people write it: a tool in each of its spellings, anything else as `KIND:OWNER/NAME`. */
export function readTarget(text: string): Target | undefined {
  const target = parseTarget(text);
  if (target !== undefined && target.kind !== 'tool') return target;
  const address = parseToolAddress(text);
  if (address !== undefined) return { kind: 'tool', owner: address.server, name: address.tool };
  return target ?? parseTarget(`tool:${text}`);
}

/** Every way in which records may have written this tool; nothing for what is no tool. */
export function toolSpellings(text: string): readonly string[] {
  const address = parseToolAddress(text);
  if (address?.tool === undefined) return [];
  const { server, tool } = address;
  return ['/', '__', '.'].map((mark) => `${server}${mark}${tool}`);
}

/** The first name of what the gateway serves by itself; INVARIANT: no tool server has it. */
export const gatewayServer = 'bailiwick';

/** How much of a result is told at once. */
export interface ResultPage {
  readonly bytes?: number;
  /** Of the longest list in its structured content. */
  readonly rows?: number;
}

/** What a person would not see of a text, and an agent does. */
export const hiddenKinds = ['invisible', 'hidden-html', 'role-marker'] as const;

export type HiddenKind = (typeof hiddenKinds)[number];

/** How what others wrote is told to an agent. */
export interface ToldAs {
  /** What is left out of its texts. */
  readonly clean: readonly HiddenKind[];
  /** It stands between two marks that nobody who wrote it could know. */
  readonly marks: boolean;
}

/** A definition as its server declares it, whole: what is pinned is every byte of this. */
export interface ToolDefinition {
  readonly name: string;
  /** The canonical value of the whole definition, all fields included. */
  readonly definition: JsonObject;
  /** SHA-256 (hex) of its canonical bytes. */
  readonly digest: string;
}

/**
 * A tool that is being put behind the gateway: what is decided of its calls is told and not enforced.
 * INVARIANT: enforcing is what is not said; whoever does not know a phase enforces.
 */
export const softPhases = ['observe', 'warn'] as const;

export type SoftPhase = (typeof softPhases)[number];

/** What the gateway holds about a tool, from the ToolServer document. Unknown means the worst. */
export interface ToolClass {
  readonly effect: EffectClass;
  readonly reversible: boolean;
  /** Labels that every result of this tool carries. */
  readonly resultLabels: readonly Label[];
  /** Absent where its results are kept, sealed, beside their records. */
  readonly record?: 'commitment-only';
  /** Arguments that the schema does not name are let through. */
  readonly openArguments: boolean;
  readonly sensitivity: 'public' | 'internal' | 'sensitive';
  /** Set when no document says its effect: it may not show any sign of writing. */
  readonly isUndeclared?: true;
  /** Absent where its document bounds no page of a result. */
  readonly page?: ResultPage;
  /** Absent where results are told as they came. */
  readonly told?: ToldAs;
  /** Set where results are also looked through for sentences that tell an agent what to do. */
  readonly scored?: true;
  /** Absent of a tool whose decisions are enforced. */
  readonly phase?: SoftPhase;
  /** Absent where its document says nothing of what flows through it: the labels of the task decide. */
  readonly flow?: ToolFlow;
}

/** What a value is that somebody else must not choose. */
export const sinkKinds = [
  'recipient',
  'account',
  'url',
  'path',
  'objectId',
  'amount',
  'date',
  'flag',
  'payload',
] as const;

export type SinkKind = (typeof sinkKinds)[number];

/**
 * Which values of a tool act, and which fields of its results its server answers for. Paths are names with dots
 * between them, `[]` for every item of a list. INVARIANT: what it does not name is free text, in an argument, and
 * a stranger's, in a result.
 */
export interface ToolFlow {
  readonly sinks: Readonly<Record<string, SinkKind>>;
  /** Words of which a user says one who wants this done. */
  readonly deeds: readonly string[];
  /** A read of it tells somebody outside what it was asked with. */
  readonly speaks?: true;
  readonly asserted: readonly string[];
  /** Of these: what the server issues, and by what people call the thing. */
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** Which labels may be told by it; absent: by what it is. */
  readonly clearance?: FlowClearance;
  /** Labels of all of its results, and of fields of them: what is confidential of both. */
  readonly whole?: readonly Label[];
  readonly labels?: Readonly<Record<string, readonly Label[]>>;
  /** What it asserts are people and accounts of the company itself. */
  readonly directory?: true;
  /** The things that a call writes and reads: what a task carries stays with what it wrote. */
  readonly objects?: ToolObjects;
  /** How much of it may go unasked; absent: the usual, of a task that carries what is confidential. */
  readonly bulk?: FlowBulk;
  /** What a yes to a value of it is good for beside its call, and of which kinds the user may give one. */
  readonly yes?: FlowYes;
}

/** Where a call names a thing of one kind: among its arguments (`at`), or in its result (`in`). */
export interface ObjectPlace {
  readonly kind: string;
  readonly at?: string;
  readonly in?: string;
}

/** INVARIANT: a read without a place reads all of its kind. */
export interface ToolObjects {
  /** `whole`: nothing of what was there before is left. */
  readonly writes: readonly (ObjectPlace & { readonly at: string; readonly whole?: true })[];
  /** What it makes, and names in its result only. */
  readonly makes: readonly (ObjectPlace & { readonly in: string })[];
  readonly reads: readonly ObjectPlace[];
}

/** INVARIANT: a label that is not named may not be told. `inside`: where it goes to nobody but these. */
export interface FlowClearance {
  readonly labels: readonly Label[];
  readonly inside?: { readonly domains: readonly string[]; readonly labels: readonly Label[] };
}

/** How much may go in one call, and within a window over all sessions and gateways. */
export interface FlowBulk {
  /** Where arguments and results hold their rows: a list, or how many they are; absent: the most found anywhere. */
  readonly at?: string;
  readonly in?: string;
  readonly call: { readonly rows: number; readonly bytes: number };
  readonly window: {
    readonly ms: number;
    readonly rows: number;
    readonly bytes: number;
    readonly calls: number;
  };
  /** What is more is refused; absent: a person is asked. */
  readonly refuses?: true;
}

export interface FlowYes {
  /** The same value in the same sink of the same task is not asked about again while the grant lives. */
  readonly repeats?: true;
  /** Of these the user is asked, where they work. */
  readonly byUser?: readonly SinkKind[];
}

/** `to`, `items[].id`: with all that is below. */
export interface FieldList {
  readonly paths: readonly string[];
  /** A call with more is refused; absent: what is more is dropped. */
  readonly refuse?: true;
}

/** Where data of a project may go and come from, by kind of sink; what it does not name it does not bound. */
export interface DataScope {
  /** At or below. */
  readonly paths?: readonly string[];
  /** Of links and of people: these, and what is below them. */
  readonly hosts?: readonly string[];
  /** By how they begin. */
  readonly ids?: readonly string[];
  readonly accounts?: readonly string[];
  readonly outside: 'signal' | 'ask' | 'refuse';
}

/** A manifest's bound on one argument. */
export type ArgumentBound =
  | { readonly kind: 'max'; readonly value: number }
  | { readonly kind: 'min'; readonly value: number }
  | { readonly kind: 'one-of'; readonly values: readonly Json[] }
  | { readonly kind: 'prefix'; readonly value: string };
