import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes, canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool, ServerEntry } from '#kernel/snapshot.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import type { Introduced } from './definition/index.ts';
import type { DriftReport } from './door.ts';
import { own } from './toolset.ts';

/** INVARIANT: over the whole definition; a field left out is a field that can change unseen. */
export function digestDefinition(definition: JsonObject): string {
  return sha256Hex(canonicalBytes(definition));
}

/** What a server shows now, against what is pinned. A name shown twice counts with its worst. */
export function compareTools(
  server: string,
  pins: Readonly<Record<string, PinnedTool>>,
  seen: readonly ToolDefinition[],
): DriftReport {
  const changed = new Map<string, { tool: string; pinned: string; seen: string }>();
  const added = new Set<string>();
  const names = new Set<string>();
  for (const { name, digest } of seen) {
    names.add(name);
    const pinned = own(pins, name);
    if (pinned === undefined) added.add(name);
    else if (pinned.digest !== digest) {
      changed.set(name, { tool: name, pinned: pinned.digest, seen: digest });
    }
  }
  return {
    server,
    changed: [...changed.values()],
    added: [...added],
    missing: Object.keys(pins).filter((name) => !names.has(name)),
  };
}

/** Critical: it brings a writer, or what does whatever its text says. */
export type Severity = 'critical' | 'high' | 'medium' | 'low';

export function severityOf(usual: Severity, brings: readonly Introduced[]): Severity {
  return brings.includes('adds writer') || brings.includes('adds transport') ? 'critical' : usual;
}

export interface DriftFinding {
  readonly tool: string;
  readonly change: 'changed' | 'added' | 'missing';
  readonly severity: Severity;
}

/** By the gateway's own class: what is no read, or what nobody has classified, is `high`. */
export function driftFindings(report: DriftReport, server: ServerEntry): readonly DriftFinding[] {
  const severity = (tool: string): Severity =>
    (own(server.tools, tool) ?? server.defaultClass).effect === 'read' ? 'medium' : 'high';
  return [
    ...report.changed.map(({ tool }) => ({
      tool,
      change: 'changed' as const,
      severity: severity(tool),
    })),
    ...report.added.map((tool) => ({ tool, change: 'added' as const, severity: severity(tool) })),
    ...report.missing.map((tool) => ({
      tool,
      change: 'missing' as const,
      severity: 'low' as const,
    })),
  ];
}

export interface DefinitionChange {
  /** JSON pointer; empty is the whole definition. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

const mostChanges = 1_000;

/** Field by field, for whoever decides. After many changes the rest is one change of the whole. */
export function diffDefinition(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  collect(changes, '', before, after);
  return changes.length > mostChanges ? [{ path: '', before, after }] : changes;
}

function collect(
  changes: DefinitionChange[],
  path: string,
  before: Json | undefined,
  after: Json | undefined,
): void {
  if (changes.length > mostChanges || before === after) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const name of names) {
      collect(changes, `${path}/${escape(name)}`, own(before, name), own(after, name));
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [left, right] = [before as readonly Json[], after as readonly Json[]];
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      collect(changes, `${path}/${at}`, left[at], right[at]);
    }
    return;
  }
  if (textOf(before) !== textOf(after)) changes.push({ path, before, after });
}

function textOf(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : canonicalText(value);
}

function escape(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
