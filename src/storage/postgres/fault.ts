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
