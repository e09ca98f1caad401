import { headerText, mirroredText } from '#contracts/mirrored.ts';
import type { UpstreamRequest } from '#contracts/tool-server.ts';
import { isJsonObject, parseJson } from '#kernel/json/index.ts';

/** Names and values in turn. INVARIANT: read from the judged bytes and from nothing else. */
export function mirroredHeaders({
  mirrored,
  params,
}: Pick<UpstreamRequest, 'mirrored' | 'params'>): string[] {
  if (mirrored === undefined || mirrored.length === 0) return [];
  const given = parseJson(params);
  const args = isJsonObject(given) ? given['arguments'] : undefined;
  if (!isJsonObject(args)) return [];
  return mirrored.flatMap(({ header, path }) => {
    const text = mirroredText(args, path);
    return text === undefined ? [] : [header, headerText(text)];
  });
}
