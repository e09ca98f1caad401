import {
  openCheckpoint,
  type OpenedCheckpoint,
  parseVkey,
  type ReadLogFile,
  witnessedFile,
} from '#tlog/index.ts';
import type { WitnessClient } from './witness-client.ts';

/** The files of one log, as far as witnessing needs them. */
export interface WitnessedLog {
  readonly tenant: string;
  readonly vkey: string;
  readonly read: ReadLogFile;
  /** Puts the newest cosigned head beside the checkpoint; durable when it resolves. */
  keep(file: string, note: Uint8Array): Promise<void>;
  /** How long it was by all that is known here, signed for or not. */
  reached(): number;
}

export function originOf({ vkey }: Pick<WitnessedLog, 'vkey'>): string {
  return vkey.slice(0, vkey.indexOf('+'));
}

/** A log that succeeds another has its name with a mark behind it. */
export function withoutMark(origin: string): string {
  return origin.replace(/\.[0-9a-f]{8}$/u, '');
}

export function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : 'fault';
}

/** What stands beside the log is asked for anew when it is not there or not what it should be. */
export function witnessedSize(log: WitnessedLog, clients: readonly WitnessClient[]): number {
  try {
    return open(log, witnessedFile, clients)?.size ?? 0;
  } catch {
    return 0;
  }
}

/** Undefined when it is not there; throws when it is not what it should be. */
export function open(
  log: Pick<WitnessedLog, 'vkey' | 'read'>,
  file: string,
  clients: readonly WitnessClient[] = [],
): OpenedCheckpoint | undefined {
  const bytes = log.read(file);
  const witnesses = clients.map(({ verifier }) => verifier);
  if (bytes === undefined) return undefined;
  return openCheckpoint(bytes, { log: parseVkey(log.vkey), witnesses });
}
