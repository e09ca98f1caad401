import { BailiwickError } from '#kernel/errors.ts';

/** SQLSTATE codes that a person or a caller can do something about. */
const known: Readonly<Record<string, 'store/conflict' | 'store/full' | 'store/corrupt'>> = {
  '23505': 'store/conflict',
  '40001': 'store/conflict',
  '40P01': 'store/conflict',
  '53100': 'store/full',
  XX001: 'store/corrupt',
  XX002: 'store/corrupt',
};

export function toKnown(fault: unknown): Error {
  if (fault instanceof BailiwickError) return fault;
  if (!(fault instanceof Error)) return new BailiwickError('store/unavailable');
  const code = sqlState(fault);
  // Without a code of PostgreSQL it is a fault of ours, or a connection that is gone.
  if (code === undefined && !isConnectionFault(fault)) return fault;
  return new BailiwickError(known[code ?? ''] ?? 'store/unavailable', { cause: fault });
}

/**
 * Why the store cannot be opened, in words for whoever starts it.
 * INVARIANT: the URL holds a password; of it only host, port, database and role are ever said.
 */
export function openingFault(fault: unknown, connection: string): Error {
  if (fault instanceof BailiwickError) return fault;
  const url = URL.canParse(connection) ? new URL(connection) : undefined;
  const database = url?.pathname.slice(1) ?? '';
  const server = `PostgreSQL at ${url?.hostname ?? ''}:${url?.port || '5432'}`;
  const said = wordsOf(sqlState(fault), {
    server,
    role: `\`${decodeURIComponent(url?.username ?? '')}\``,
    database: `\`${database}\``,
  });
  return new BailiwickError('store/unavailable', { ...said, cause: fault });
}

function wordsOf(
  state: string | undefined,
  { server, role, database }: Readonly<Record<'server' | 'role' | 'database', string>>,
) {
  switch (state) {
    case undefined:
      return {
        message: `${server} does not answer`,
        suggestedAction: 'start it, or correct host and port',
      };
    case '28P01':
    case '28000':
      return {
        message: `${server} refuses the role ${role}`,
        suggestedAction: 'correct its name, its password, or who may connect',
      };
    case '3D000':
      return {
        message: `${server} has no database ${database}`,
        suggestedAction: 'create it, owned by the role that migrates',
      };
    case '42501':
      return {
        message: `${server}: the role ${role} lacks a right in ${database}`,
        suggestedAction: 'start once with $BAILIWICK_STORE_OWNER, whose role owns the database',
      };
    default:
      return {
        message: `${server} refuses (${state})`,
        suggestedAction: 'look into the log of the server',
      };
  }
}

/** Undone whole by the server because of another transaction: it may simply be run again. */
export function isUndoneByOthers(fault: unknown): boolean {
  const code = sqlState(fault);
  return code === '40001' || code === '40P01';
}

export function sqlState(fault: unknown): string | undefined {
  if (!(fault instanceof Error) || !('code' in fault) || typeof fault.code !== 'string') {
    return undefined;
  }
  return /^[0-9A-Z]{5}$/.test(fault.code) ? fault.code : undefined;
}

function isConnectionFault(fault: Error): boolean {
  if ('code' in fault && typeof fault.code === 'string' && fault.code.startsWith('E')) return true;
  return /connection|timeout|client (was|has)|pool/i.test(fault.message);
}
