/** `low`: somebody should look; `refusing`: no new call begins; `sealed`: what was begun is ended, and nothing else. */
export type SpaceLevel = 'enough' | 'low' | 'refusing' | 'sealed';

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly level: SpaceLevel;
}

/** Below these shares of the disk that are free, in percent. */
export const spaceLevels = {
  warnPercent: 20,
  refusePercent: 10,
  sealedPercent: 5,
  /** So much of a disk counts. */
  countedBytes: 42_949_672_960,
} as const;

/** Shares of the disk, of which no more than `countedBytes` counts: a tenth of a large disk is room for years. */
export function diskSpace(freeBytes: number, totalBytes: number): DiskSpace {
  return { freeBytes, totalBytes, level: levelOf(freeBytes, totalBytes) };
}

function levelOf(freeBytes: number, totalBytes: number): SpaceLevel {
  const counted = Math.min(totalBytes, spaceLevels.countedBytes);
  const percent = (freeBytes * 100) / counted;
  if (counted === 0 || percent >= spaceLevels.warnPercent) return 'enough';
  if (percent >= spaceLevels.refusePercent) return 'low';
  return percent >= spaceLevels.sealedPercent ? 'refusing' : 'sealed';
}
