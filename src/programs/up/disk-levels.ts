import type { SpaceLevels } from '#contracts/disk-space.ts';

const units: Readonly<Record<string, number>> = { MiB: 1_048_576, GiB: 1_073_741_824 };

/** `20,10,5` (percent), or `8GiB,4GiB,2GiB`; undefined for what is no three levels, each above the next. */
export function parseDiskLevels(text: string): SpaceLevels | undefined {
  const levels = text.split(',').map(readLevel);
  const [warn, refuse, seal] = levels;
  if (warn === undefined || refuse === undefined || seal === undefined) return undefined;
  const isOrdered = warn.value > refuse.value && refuse.value > seal.value;
  const isOne = levels.every((one) => one?.unit === warn.unit);
  if (levels.length !== 3 || !isOrdered || !isOne) return undefined;
  return { unit: warn.unit, warn: warn.value, refuse: refuse.value, seal: seal.value };
}

function readLevel(
  text: string,
): { readonly unit: SpaceLevels['unit']; readonly value: number } | undefined {
  const [, digits = '', unit = '%'] =
    /^(\d{1,6}(?:\.\d{1,3})?)(%|MiB|GiB)?$/.exec(text.trim()) ?? [];
  const value = Number(digits);
  if (digits === '' || value === 0) return undefined;
  if (unit === '%') return value < 100 ? { unit: 'percent', value } : undefined;
  return { unit: 'bytes', value: Math.round(value * (units[unit] ?? 0)) };
}
