/** `low`: somebody should look; `refusing`: no new call begins; `sealed`: what was begun is ended, and nothing else. */
export type SpaceLevel = 'enough' | 'low' | 'refusing' | 'sealed';

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  readonly level: SpaceLevel;
  /** Below so many free bytes each begins; absent while the disk did not say how large it is. */
  readonly below?: { readonly low: number; readonly refusing: number; readonly sealed: number };
}

/** Where a disk is low, where nothing begins on it, where nothing but ends and stops is taken. Each above the next. */
export interface SpaceLevels {
  /** Shares of the disk that are free, or what is free of it. */
  readonly unit: 'percent' | 'bytes';
  readonly warn: number;
  readonly refuse: number;
  readonly seal: number;
}

export const spaceLevels = {
  warnPercent: 20,
  refusePercent: 10,
  sealedPercent: 5,
  /** So much of a disk counts for its shares. */
  countedBytes: 42_949_672_960,
} as const;

export const usualLevels: SpaceLevels = {
  unit: 'percent',
  warn: spaceLevels.warnPercent,
  refuse: spaceLevels.refusePercent,
  seal: spaceLevels.sealedPercent,
};

/** Shares of the disk, of which no more than `countedBytes` counts: a tenth of a large disk is room for years. */
export function diskSpace(
  freeBytes: number,
  totalBytes: number,
  levels: SpaceLevels = usualLevels,
): DiskSpace {
  if (totalBytes === 0) return { freeBytes, totalBytes, level: 'enough' };
  const counted = Math.min(totalBytes, spaceLevels.countedBytes);
  const bytes = (of: number): number => (levels.unit === 'bytes' ? of : (counted * of) / 100);
  const { warn, refuse, seal } = levels;
  const below = { low: bytes(warn), refusing: bytes(refuse), sealed: bytes(seal) };
  return { freeBytes, totalBytes, level: levelOf(freeBytes, below), below };
}

function levelOf(
  free: number,
  { low, refusing, sealed }: NonNullable<DiskSpace['below']>,
): SpaceLevel {
  if (free >= low) return 'enough';
  if (free >= refusing) return 'low';
  return free >= sealed ? 'refusing' : 'sealed';
}
