import type { ServerConnect } from '#kernel/snapshot.ts';

/** Where a tool server comes from, as a registry names it, and how surely it is what it was. */
export interface ServerSource {
  /** `npm:NAME@VERSION`, `pypi:NAME==VERSION`, `file:/PATH`, `command:NAME`, or an address. */
  readonly name: string;
  /** `verified`: its content is compared before each start. `version`: it says which. */
  readonly pinned: 'verified' | 'version' | 'none' | 'remote';
}

/** A package that a launcher of packages is asked for. */
export interface NamedPackage {
  readonly from: 'npm' | 'pypi';
  readonly name: string;
  /** Undefined: whatever is newest. */
  readonly version: string | undefined;
  /** Where among the arguments those of the program begin. */
  readonly argumentsFrom: number;
}

const npmForm = /^((?:@[a-z0-9~_.-]+\/)?[a-z0-9~_.-]+)(?:@(\d+\.\d+\.\d+[0-9A-Za-z.+-]*))?$/;
const pypiForm = /^([A-Za-z0-9._-]+)(?:==([0-9][0-9A-Za-z.+!-]*)|@([0-9][0-9A-Za-z.+!-]*))?$/;

/**
 * The first argument that is no flag; flags with a value of their own name no package for sure.
 * INVARIANT: only a launcher that is found on our PATH is one: any program can be called `npx`.
 */
export function packageOf({ command, args }: Stdio): NamedPackage | undefined {
  if (command !== 'npx' && command !== 'uvx') return undefined;
  const at = args.findIndex((one) => !one.startsWith('-'));
  const flags = args.slice(0, at);
  if (at < 0 || flags.some((flag) => !/^(?:-y|--yes|-q|--quiet)$/.test(flag))) return undefined;
  const match = (command === 'npx' ? npmForm : pypiForm).exec(args[at] ?? '');
  const [, name, version, other] = match ?? [];
  if (name === undefined) return undefined;
  const from = command === 'npx' ? 'npm' : 'pypi';
  return { from, name, version: version ?? other, argumentsFrom: at + 1 };
}

type Stdio = Extract<ServerConnect, { kind: 'stdio' }>;

export function sourceOf(connect: ServerConnect): ServerSource {
  if (connect.kind === 'http') return { name: connect.url, pinned: 'remote' };
  const pinned = connect.package === undefined ? undefined : 'verified';
  const named = packageOf(connect);
  // The digest of a program says nothing of a package that its arguments name.
  if (named === undefined || connect.package?.kind === 'file') {
    return { name: programOf(connect), pinned: pinned ?? 'none' };
  }
  const { from, name, version } = named;
  const between = from === 'npm' ? '@' : '==';
  return {
    name: `${from}:${name}${version === undefined ? '' : `${between}${version}`}`,
    pinned: pinned ?? (version === undefined ? 'none' : 'version'),
  };
}

/** One way to write each path. A `..` stays: where it leads depends on the links before it. */
function programOf({ command, cwd }: Stdio): string {
  const isBelow = command.includes('/') && !command.startsWith('/');
  const path = isBelow && cwd !== undefined ? `${cwd}/${command}` : command;
  const plain = path.replace(/\/(?:\.?\/)+/g, '/');
  return plain.startsWith('/') ? `file:${plain}` : `command:${plain}`;
}
