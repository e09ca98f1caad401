import { isJsonObject } from '#kernel/json/index.ts';
import type { Json } from '#kernel/json/value.ts';
import type { GoldenLine } from './episode.ts';

/** Every place where two runs differ, in words that lead to it; at most so many. */
export function differences(
  old: readonly GoldenLine[],
  fresh: readonly GoldenLine[],
  most = 12,
): readonly string[] {
  const found: string[] = [];
  const longer = Math.max(old.length, fresh.length);
  for (let at = 0; at < longer && found.length < most; at += 1) {
    const [before, after] = [old[at], fresh[at]];
    const told: string[] = [];
    differ('', asJson(before), asJson(after), told);
    const line = before ?? after;
    const where = `call ${line?.at} of episode ${line?.episode} (${line?.did.join('; ')})`;
    found.push(...told.map((one) => `${where}: ${one}`));
  }
  return found.slice(0, most);
}

function asJson(line: GoldenLine | undefined): Json {
  return line === undefined ? null : { ...line };
}

function differ(path: string, old: Json, fresh: Json, told: string[]): void {
  if (Array.isArray(old) && Array.isArray(fresh)) {
    const longer = Math.max(old.length, fresh.length);
    for (let at = 0; at < longer; at += 1) {
      differ(`${path}/${at}`, (old[at] ?? null) as Json, (fresh[at] ?? null) as Json, told);
    }
    return;
  }
  if (isJsonObject(old) && isJsonObject(fresh)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(fresh)])) {
      differ(`${path}/${key}`, old[key] ?? null, fresh[key] ?? null, told);
    }
    return;
  }
  if (old !== fresh) told.push(`${path} was ${brief(old)} and is ${brief(fresh)}`);
}

function brief(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
