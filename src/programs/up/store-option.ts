import { BailiwickError } from '#kernel/errors.ts';

/** Where the store is, when it is not in the data folder. */
export interface StoreOption {
  /** URL of the role that runs. */
  readonly connection: string;
  /** URL of the owner, who brings the schema forward; it is needed when the schema is older. */
  readonly migrationConnection?: string;
}

/** What says who gets into the store: taken out of the environment, so that no program inherits it. */
export const storeVariables = [
  'BAILIWICK_STORE',
  'BAILIWICK_STORE_PASSWORD',
  'BAILIWICK_STORE_OWNER',
] as const;

/** INVARIANT: no password on a command line: every user of the machine can read those. */
export function parseStoreOption(
  flag: string | undefined,
  env: NodeJS.ProcessEnv,
): StoreOption | undefined {
  if (flag !== undefined && postgresUrl(flag, '--store').password !== '') {
    throw usage('`--store` takes no password: a command line can be read by everybody', action);
  }
  const given = flag ?? env['BAILIWICK_STORE'] ?? '';
  if (given === '') return undefined;
  const url = postgresUrl(given, flag === undefined ? 'BAILIWICK_STORE' : '--store');
  const password = env['BAILIWICK_STORE_PASSWORD'];
  if (password !== undefined) url.password = encodeURIComponent(password);
  const owner = env['BAILIWICK_STORE_OWNER'];
  return {
    connection: url.href,
    ...(owner === undefined
      ? {}
      : { migrationConnection: postgresUrl(owner, 'BAILIWICK_STORE_OWNER').href }),
  };
}

const action =
  'give the password as $BAILIWICK_STORE_PASSWORD, or the whole URL as $BAILIWICK_STORE';

/** What is wrong with it is said without it: it may hold a password. */
function postgresUrl(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ['postgres:', 'postgresql:'].includes(url.protocol)) return url;
  throw usage(`\`${name}\` takes postgres://USER@HOST:PORT/DATABASE`, 'read `bailiwick up --help`');
}

function usage(message: string, suggestedAction: string): BailiwickError {
  return new BailiwickError('cli/usage', { message, suggestedAction });
}
