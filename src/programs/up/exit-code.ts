import { BailiwickError } from '#kernel/errors.ts';
import type { ErrorCode } from '#kernel/error-codes.ts';

/** What a start that failed ends with, so that a script can tell what to do. What is not here is 1. */
const exitCodes: Readonly<Partial<Record<ErrorCode, number>>> = {
  'cli/usage': 4,
  'up/port-taken': 6,
  'config/unreadable': 7,
  'store/locked': 7,
  'store/full': 7,
  'store/corrupt': 7,
  'store/older-version': 7,
  'store/newer-version': 7,
  'store/keys-unreadable': 7,
  'config/invalid': 8,
};

export function exitCodeOf(fault: unknown): number {
  return fault instanceof BailiwickError ? (exitCodes[fault.code] ?? 1) : 1;
}
