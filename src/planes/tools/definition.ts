import { sha256Hex } from '#kernel/digest.ts';
import { canonicalBytes, canonicalText, isJsonObject } from '#kernel/json/index.ts';
import type { Json, JsonObject } from '#kernel/json/value.ts';
import type { PinnedTool } from '#kernel/snapshot.ts';
import type { ToolDefinition } from '#kernel/tool.ts';
import type { DriftReport } from './door.ts';

/** The fingerprint of a definition: every byte of it counts, description and annotations too. */
export function digestDefinition(definition: JsonObject): string {
  return sha256Hex(canonicalBytes(definition));
}

export function compareDefinitions(
  server: string,
  pins: Readonly<Record<string, PinnedTool>>,
  seen: readonly ToolDefinition[],
): DriftReport {
  const shown = new Map(seen.map((one) => [one.name, one.digest]));
  const changed = Object.values(pins).flatMap((pin) => {
    const digest = shown.get(pin.tool);
    return digest === undefined || digest === pin.digest
      ? []
      : [{ tool: pin.tool, pinned: pin.digest, seen: digest }];
  });
  return {
    server,
    changed,
    added: seen.map(({ name }) => name).filter((name) => !Object.hasOwn(pins, name)),
    missing: Object.keys(pins).filter((name) => !shown.has(name)),
  };
}

export interface DefinitionChange {
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** Every place where two definitions differ, for whoever has to say yes to the new one. */
export function diffDefinition(
  before: JsonObject | undefined,
  after: JsonObject | undefined,
): readonly DefinitionChange[] {
  const changes: DefinitionChange[] = [];
  diff(before, after, '', changes);
  return changes;
}

function diff(
  before: Json | undefined,
  after: Json | undefined,
  path: string,
  changes: DefinitionChange[],
): void {
  if (
    before !== undefined &&
    after !== undefined &&
    canonicalText(before) === canonicalText(after)
  ) {
    return;
  }
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      diff(before[key], after[key], `${path}/${key}`, changes);
    }
    return;
  }
  if (before === undefined && after === undefined) return;
  changes.push({ path: path === '' ? '/' : path, before, after });
}
