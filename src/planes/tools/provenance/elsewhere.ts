import type { ServerEntry } from '#kernel/snapshot.ts';
import { packageOf, sourceOf } from './source.ts';

/** What changes which code runs, whatever is started. Of npm in any case, and of all for simplicity. */
const ofEveryProgram =
  /^(?:(?:npm|uv|pip|ld|dyld)_.*|path|node_(?:options|path)|python(?:path|home|startup|userbase|platlibdir|pycacheprefix|breakpoint|warnings)|perl5.*|perllib|ruby(?:opt|lib)|.*java_(?:tool_)?options|dotnet_.*|coreclr_.*|gconv_path|bash_env|env)$/i;

/** What changes where a launcher looks for its settings, its registry or what it has already. */
const ofLaunchers =
  /^(?:home|prefix|xdg_.*|virtual_env|node_(?:extra_ca_certs|tls_reject_unauthorized)|ssl_cert_.*|openssl_.*)$/i;

/**
 * In words, what makes the name of a source say something else than what is started; undefined where
 * nothing does. INVARIANT: no value is told, only names: it may be lent.
 */
export function whatLeadsElsewhere({ connect, credentials }: ServerEntry): string | undefined {
  if (connect.kind === 'http') return undefined;
  if (/(?:[:/])\.\.(?:\/|$)/.test(sourceOf(connect).name)) return 'its `command` holds `..`';
  const lent = credentials.flatMap((use) =>
    use.kind === 'environment' && use.inArguments !== true ? [use.variable] : [],
  );
  const variables = [...Object.keys(connect.environment), ...lent];
  // What is pinned is installed and started by us: nothing of its launcher is left.
  const isLaunched = connect.package === undefined && packageOf(connect) !== undefined;
  const bad = variables.find(
    (name) => ofEveryProgram.test(name) || (isLaunched && ofLaunchers.test(name)),
  );
  if (bad !== undefined) return `its environment sets \`${bad}\``;
  // A launcher takes packages and settings of the folder in which it is started.
  return isLaunched && connect.cwd !== undefined ? 'its launcher is given a `cwd`' : undefined;
}
