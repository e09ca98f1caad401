import { type ClientConfig, type CustomTypesConfig, Pool, types as builtinTypes } from 'pg';
import { limits } from '#kernel/limits.ts';

const connections = 16;

/** Numbers of ours are counts and milliseconds; one that would lose digits is a fault. */
function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('a number is too large');
  return value;
}

const types: CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    oid === builtinTypes.builtins.INT8 && format !== 'binary'
      ? wholeNumber
      : builtinTypes.getTypeParser(oid, format),
};

export const schemaName = 'bailiwick';

/** What every connection of ours is like, whatever the defaults of the server are. */
export function clientConfig(connection: string): ClientConfig {
  const settings = [
    `search_path=${schemaName}`,
    // INVARIANT: a commit that was answered is on disk.
    'synchronous_commit=on',
    'default_transaction_isolation=read\\ committed',
    `statement_timeout=${limits.statePortTimeoutMs}`,
    `idle_in_transaction_session_timeout=${2 * limits.statePortTimeoutMs}`,
  ];
  return {
    connectionString: connection,
    types,
    application_name: 'bailiwick',
    connectionTimeoutMillis: limits.statePortTimeoutMs,
    // A server that stands still sends no time-out of its own.
    query_timeout: limits.statePortTimeoutMs + 1_000,
    keepAlive: true,
    options: settings.map((setting) => `-c ${setting}`).join(' '),
  };
}

export function openPool(connection: string): Pool {
  const pool = new Pool({ ...clientConfig(connection), max: connections });
  // A connection that breaks fails the query that uses it, or is replaced by the next use; a break
  // that nobody hears would end the process, on an idle one and on one that is in use.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
