import { dirname, join } from 'node:path';
import type { Lent } from '#contracts/tool-server.ts';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface EnvironmentParts {
  /** What its document says, over everything but what is lent. */
  readonly document: Readonly<Record<string, string>>;
  readonly lent: readonly Lent[];
  /** Its own folder; what it keeps between two starts, such as downloaded packages, lies there. */
  readonly home: string;
}

/**
 * The whole environment of a child, made from nothing. INVARIANT: no variable of this process
 * reaches it except PATH, which says where programs lie and nothing else.
 */
export function childEnvironment({
  document,
  lent,
  home,
}: EnvironmentParts): Record<string, string> {
  const made: Record<string, string> = {
    PATH: programPath(),
    LANG: 'C.UTF-8',
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local/share'),
    XDG_STATE_HOME: join(home, '.local/state'),
    npm_config_cache: join(home, '.npm'),
    // Nobody reads what it would say, and it would ask the registry for it.
    npm_config_update_notifier: 'false',
    ...document,
  };
  for (const one of lent) {
    if (one.kind === 'environment' && one.inArguments !== true) made[one.variable] = one.value;
  }
  return made;
}

/**
 * The arguments of a child, with what is lent in its places. In one pass: what a value holds is never
 * taken for a place. Whoever may see processes of this machine sees it there; a server that takes its
 * secret in no other way leaves no choice.
 */
export function childArguments(args: readonly string[], lent: readonly Lent[]): readonly string[] {
  const values = new Map(
    lent.flatMap((one): [string, string][] =>
      one.kind === 'environment' && one.inArguments === true ? [[one.variable, one.value]] : [],
    ),
  );
  if (values.size === 0) return args;
  return args.map((arg) =>
    arg.replace(/\$\{(\w+)\}/g, (place, name: string) => values.get(name) ?? place),
  );
}

/** The programs that we find, and behind them the Node that runs us: a server may need one. */
export function programPath(): string {
  const path = process.env['PATH'] ?? usualPath;
  const own = dirname(process.execPath);
  return path.split(':').includes(own) ? path : `${path}:${own}`;
}
