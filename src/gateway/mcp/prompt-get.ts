import type { Refusal } from '#kernel/errors.ts';
import { canonicalBytes, isJsonObject } from '#kernel/json/index.ts';
import type { JsonObject } from '#kernel/json/value.ts';
import { parseWireToolName } from '#kernel/tool.ts';
import { malformed, type Method, type Read, readMeta, unservedPart } from './method.ts';

const longestName = 2_048;

/** A prompt is called as a tool is: `server.name`. Its arguments are texts, and nothing else. */
function getPrompt(params: JsonObject): Read | Refusal {
  const { name, arguments: given = {}, _meta: meta } = params;
  if (typeof name !== 'string' || name === '' || name.length > longestName) {
    return malformed('`name`');
  }
  if (!isJsonObject(given) || !Object.values(given).every((one) => typeof one === 'string')) {
    return malformed('`arguments`');
  }
  const extra = unservedPart(params);
  if (extra !== undefined) return malformed(`\`${extra}\``);
  const about = readMeta(meta);
  if (about === undefined) return malformed('`_meta`');
  const id = parseWireToolName(name);
  return {
    ...about,
    action: {
      kind: 'prompt-get',
      target: id === undefined ? undefined : { kind: 'prompt', owner: id.server, name: id.tool },
      named: name,
      arguments: given,
      argumentBytes: canonicalBytes(given),
    },
  };
}

export const promptGet: Method = { read: getPrompt, names: 'name' };
