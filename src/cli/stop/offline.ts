import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { BailiwickError } from '#kernel/errors.ts';
import type { StopTarget } from '#kernel/overlay.ts';
import {
  readStopFile,
  releaseNoteText,
  type StopLine,
  type StopNote,
  withoutStop,
  withStop,
} from '#kernel/stop-file.ts';
import { readStopNames, type StopNames, stopTargetText, unknownStop } from '#kernel/stop-target.ts';
import {
  changeStopFile,
  readStopFileText,
  stopFilePath,
  stopNamesPath,
  writeReleaseNote,
} from '../../../sdk/index.ts';

/** The stop file names no tenant but in `tenant NAME`; who reads it knows whose it is. */
export const fileTenant = 'main';

/** What the file says now, which is what gateways on this folder refuse within a second. */
export function stopsInFile(data: string): StopLine[] {
  needFolder(data);
  const text = readStopFileText(data);
  return text === undefined ? [] : readStopFile(text, fileTenant);
}

/** Needs nothing but the disk, and of a full disk only the room that was put aside. */
export async function stopByFile(
  data: string,
  target: StopTarget,
  reason: string,
  force: boolean,
): Promise<void> {
  needFolder(data);
  if (!force) checkKnown(data, target);
  try {
    await changeStopFile(data, (text) => withStop(text, target, noteOf(reason)));
  } catch (fault) {
    stopEverything(data, fault);
  }
}

/** INVARIANT: takes out exactly this stop, and not before it is written down who did and why. */
export async function releaseByFile(
  data: string,
  target: StopTarget,
  reason: string,
): Promise<void> {
  needFolder(data);
  await changeStopFile(data, (text) => {
    const { released, text: left } = withoutStop(text ?? '', target, fileTenant);
    if (text === undefined || released.length === 0) throw notInFile(target, text);
    for (const line of released) {
      writeReleaseNote(data, line.id, releaseNoteText({ line, release: noteOf(reason) }));
    }
    return left;
  });
}

function needFolder(data: string): void {
  if (existsSync(data)) return;
  throw new BailiwickError('cli/not-running', { message: `no data folder ${data}` });
}

/** As the operating system tells it: nobody proves who they are to a file. */
function noteOf(reason: string): StopNote {
  return { by: userInfo().username, at: new Date().toISOString(), reason };
}

/** By the names that control wrote down last; a stop of everything needs none. */
function checkKnown(data: string, target: StopTarget): void {
  if (target.kind === 'all') return;
  const unknown = unknownStop(target, knownNames(data));
  if (unknown !== undefined) throw unknown;
}

function knownNames(data: string): StopNames | undefined {
  try {
    return readStopNames(readFileSync(stopNamesPath(data)));
  } catch {
    return undefined;
  }
}

/**
 * The line could not be written. INVARIANT: more is stopped rather than less, and it is said: a file
 * that is there and empty stops everything, and needs no room.
 */
function stopEverything(data: string, fault: unknown): void {
  const why = fault instanceof Error ? fault.message : 'unknown fault';
  try {
    closeSync(openSync(stopFilePath(data), 'wx', 0o600));
  } catch {
    throw new BailiwickError('stop/not-written', {
      message: `the stop could not be written (${why}); ${inForce(data)}`,
    });
  }
}

function notInFile(target: StopTarget, text: string | undefined): BailiwickError {
  const lines = text === undefined ? [] : readStopFile(text, fileTenant);
  return new BailiwickError('api/not-found', {
    message: `the stop file has no stop of ${stopTargetText(target)}; it has ${listed(lines)}`,
    suggestedAction: 'release what it has, or release a stop of control without `--offline`',
  });
}

function inForce(data: string): string {
  try {
    return `in the stop file: ${listed(stopsInFile(data))}`;
  } catch {
    return 'the stop file cannot be read, which stops everything';
  }
}

export function listed(lines: readonly StopLine[]): string {
  if (lines.length === 0) return 'nothing';
  return [...new Set(lines.map(({ target }) => stopTargetText(target)))].join(', ');
}
