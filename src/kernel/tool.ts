import type { Json, JsonObject } from './json/value.ts';
import type { Label } from './label.ts';
import type { Target } from './target.ts';

/** What a call can do to the world. Held by the gateway; a server's own hints are never trusted. */
export type EffectClass = 'read' | 'write' | 'delete';

/** `server/tool`; on the MCP wire `server.tool`, because a slash is no tool name character. */
export interface ToolId {
  readonly server: string;
  readonly tool: string;
}

export function toolIdText(id: ToolId): string {
  return `${id.server}/${id.tool}`;
}

export function wireToolName(id: ToolId): string {
  return `${id.server}.${id.tool}`;
}

export function toolTarget({ server, tool }: ToolId): Target & { readonly kind: 'tool' } {
  return { kind: 'tool', owner: server, name: tool };
}

/** Undefined for what is no tool, or a whole server. */
export function toolOf(target: Target | undefined): ToolId | undefined {
  if (target?.kind !== 'tool' || target.name === undefined) return undefined;
  return { server: target.owner, tool: target.name };
}

/** The first dot parts server from tool; server names never contain one. */
export function parseWireToolName(name: string): ToolId | undefined {
  const dot = name.indexOf('.');
  if (dot <= 0 || dot === name.length - 1) return undefined;
  return { server: name.slice(0, dot), tool: name.slice(dot + 1) };
}

const serverName = /^[a-z0-9-]{1,64}$/;
const toolName = /^[A-Za-z0-9_./:-]{1,128}$/;

/**
 * What people write: `SERVER/TOOL`, `SERVER.TOOL`, or `SERVER` for all its tools. The first slash
 * or dot parts them, because a server's name has neither; a tool's name may have both.
 */
export function parseToolAddress(
  text: string,
): { readonly server: string; readonly tool: string | undefined } | undefined {
  const mark = text.search(/[/.]/);
  const server = mark < 0 ? text : text.slice(0, mark);
  const tool = mark < 0 ? undefined : text.slice(mark + 1);
  if (!serverName.test(server)) return undefined;
  return tool === undefined || toolName.test(tool) ? { server, tool } : undefined;
}

/** A definition as its server declares it, whole: what is pinned is every byte of this. */
export interface ToolDefinition {
  readonly name: string;
  /** The canonical value of the whole definition, all fields included. */
  readonly definition: JsonObject;
  /** SHA-256 (hex) of its canonical bytes. */
  readonly digest: string;
}

/** What the gateway holds about a tool, from the ToolServer document. Unknown means the worst. */
export interface ToolClass {
  readonly effect: EffectClass;
  readonly reversible: boolean;
  /** Labels that every result of this tool carries. */
  readonly resultLabels: readonly Label[];
  /** Arguments that the schema does not name are let through. */
  readonly openArguments: boolean;
  readonly sensitivity: 'public' | 'internal' | 'sensitive';
}

/** A manifest's bound on one argument. */
export type ArgumentBound =
  | { readonly kind: 'max'; readonly value: number }
  | { readonly kind: 'min'; readonly value: number }
  | { readonly kind: 'one-of'; readonly values: readonly Json[] }
  | { readonly kind: 'prefix'; readonly value: string };
