import type { OverlayEntry, StopTarget } from '#kernel/overlay.ts';

/**
 * The last channel: a file in the data folder, one stop a line (`all`, `tenant NAME`,
 * `agent NAME`, `tool SERVER[/NAME]`). INVARIANT: what cannot be understood stops everything.
 */
export function parseStopFile(text: string, tenant: string, now: number): OverlayEntry[] {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const targets = lines.length === 0 ? [everything] : lines.map((line) => parseLine(line, tenant));
  return targets.map((target, at) => ({
    id: `stop-file-${at}`,
    target,
    why: 'stop',
    by: 'stop-file',
    reason: 'a stop file lies in the data folder',
    at: now,
  }));
}

const everything: StopTarget = { kind: 'all' };

function parseLine(line: string, tenant: string): StopTarget {
  const [kind, name, ...rest] = line.split(/\s+/);
  if (rest.length > 0) return everything;
  if (kind === 'all' && name === undefined) return everything;
  if (name === undefined || name === '') return everything;
  if (kind === 'tenant') return { kind: 'tenant', tenant: name };
  if (kind === 'agent') return { kind: 'agent', tenant, agent: name };
  if (kind === 'tool') return toolTarget(name, tenant);
  return everything;
}

function toolTarget(name: string, tenant: string): StopTarget {
  const slash = name.indexOf('/');
  return slash < 0
    ? { kind: 'tool', tenant, server: name, tool: undefined }
    : { kind: 'tool', tenant, server: name.slice(0, slash), tool: name.slice(slash + 1) };
}
