import { isoTime } from '#kernel/time.ts';
import { type Command, usage } from './command.ts';

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `7d`, `12h`, `30m` before now, or a time; as RFC 3339. */
export function timeOf(command: Command, name: string, text: string, now = Date.now()): string {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([mhd])$/.exec(text) ?? [];
  const span = unitMs[unit];
  if (count !== undefined && span !== undefined) return isoTime(now - Number(count) * span);
  if (Number.isNaN(Date.parse(text))) {
    throw usage(command, `\`--${name}\` takes 7d, 12h, 30m or a time`);
  }
  return text;
}
