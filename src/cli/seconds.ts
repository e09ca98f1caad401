import { type Command, usage } from './command.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** What `--for` says. */
export function secondsOf(command: Command, text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = unitSeconds[unit];
  if (count === undefined || seconds === undefined) {
    throw usage(command, '`--for` takes 30m, 8h or 2d');
  }
  return Number(count) * seconds;
}
