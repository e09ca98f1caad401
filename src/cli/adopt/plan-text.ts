import type { JsonObject } from '#kernel/json/value.ts';
import { cell, objects, table, whole } from '../output.ts';
import type { Plan } from './plan.ts';

export function planView({ servers, left, comments }: Omit<Plan, 'bridges'>): JsonObject {
  return {
    servers: servers.map(({ server, spec, moved, entry }) => ({
      entry: entry.name,
      server,
      spec,
      secrets: moved.map(({ where, secret, sure }) => ({ where, secret, sure })),
    })),
    left: left.map(({ entry, why, secrets }) => ({
      entry: entry.name,
      why,
      secrets: [...secrets],
    })),
    comments: [...comments],
  };
}

export function planText(plan: Plan, path: string): string {
  if (plan.servers.length === 0 && plan.left.length === 0) return `${path}: nothing to adopt`;
  return [
    table(
      ['ENTRY', 'BECOMES', 'HOW'],
      plan.servers.map(({ entry, server, spec }) => [
        cell(entry.name),
        `ToolServer ${server}`,
        cell(spec['connect']),
      ]),
    ),
    '',
    secretTable(plan.servers),
    ...tellLines(plan.servers),
    ...leftLines(plan),
    ...commentTold(plan.comments, path),
  ].join('\n');
}

export function secretTable(servers: Plan['servers']): string {
  const rows = servers.flatMap(({ entry, moved }) =>
    moved.map(({ where, secret, sure }) => [
      cell(entry.name),
      cell(where),
      `secret ${secret}${sure ? '' : ' (it may be one: moved to be safe)'}`,
    ]),
  );
  return rows.length === 0 ? 'no secrets found' : table(['ENTRY', 'SECRET IN', 'MOVES TO'], rows);
}

/** Where the same secrets still lie, and who else sees one. */
export function tellLines(servers: Plan['servers']): readonly string[] {
  return servers.flatMap(({ entry, envFile, spec }) => {
    const name = cell(entry.name);
    const file =
      envFile === undefined ? [] : [`${name}: ${cell(envFile)} still holds what was read from it`];
    const lent = objects(spec['credentials']).some(({ argument }) => argument !== undefined);
    const seen = `${name}: takes a secret by its arguments, where whoever lists processes sees it`;
    return lent ? [...file, seen] : file;
  });
}

export function commentTold(comments: readonly number[], path: string): readonly string[] {
  if (comments.length === 0) return [];
  const lines = comments.map((line) => `${path}:${line}`).join(', ');
  return [`look like secrets in comments, and stay there: ${lines}`];
}

export function leftLines({ left }: Pick<Plan, 'left'>): readonly string[] {
  return left.map(({ entry, why, secrets }) => {
    const still =
      secrets.length === 0 ? '' : ` (secrets that stay in the file: ${secrets.join(', ')})`;
    return `left where it is: ${cell(entry.name)}: ${whole(why)}${whole(still)}`;
  });
}
