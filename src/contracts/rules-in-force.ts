import { sha256Hex } from '#kernel/digest.ts';
import { isJsonObject, type Json, type JsonObject } from '#kernel/json/index.ts';

/** One document of rules, or a part of one with very many, as a record says that it is in force. */
export interface RulesOfDocument {
  readonly name: string;
  /** Of its text. */
  readonly digest: string;
  readonly rules: readonly string[];
}

const longestId = 512;

/** As a record of what is in force names a rule; nobody bounds what people call one. */
export function recordedRule(id: string): string {
  return Buffer.byteLength(id, 'utf8') <= longestId ? id : `sha256:${sha256Hex(id)}`;
}

/** The documents that a `config.applied` names; undefined of one that names none, as earlier versions wrote. */
export function rulesOnRecord(details: JsonObject = {}): readonly RulesOfDocument[] | undefined {
  const { policies } = details;
  if (!Array.isArray(policies)) return undefined;
  return policies.flatMap((one: Json) => {
    if (!isJsonObject(one)) return [];
    const { name, digest, rules } = one;
    if (typeof name !== 'string' || typeof digest !== 'string' || !Array.isArray(rules)) return [];
    return [{ name, digest, rules: rules.filter((rule) => typeof rule === 'string') }];
  });
}
