import type { Json, JsonObject } from '#kernel/json/value.ts';
import { noLabels } from '#kernel/label.ts';
import { anyPrefix, detectors } from './detectors.ts';
import type { Finding, Inspector } from './door.ts';

/** Finds secrets by their shape, in values and in keys, in time linear in the text. */
export function createInspector(): Inspector {
  return {
    arguments(args) {
      const findings: Finding[] = [];
      visit(args, '', (text, path) => void find(text, path, findings));
      return findings.length === 0
        ? { labels: noLabels, findings }
        : { labels: ['confidentiality:secret'], findings };
    },
    redact(value) {
      const findings: Finding[] = [];
      const clean = rewrite(value, '', findings);
      return { value: clean as typeof value, findings };
    },
  };
}

function visit(value: Json, path: string, see: (text: string, path: string) => void): void {
  if (typeof value === 'string') {
    see(value, path);
  } else if (Array.isArray(value)) {
    for (const [at, item] of (value as readonly Json[]).entries())
      visit(item, `${path}/${at}`, see);
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      see(key, path);
      visit((value as JsonObject)[key] as Json, `${path}/${key}`, see);
    }
  }
}

function find(text: string, path: string, findings: Finding[]): void {
  if (!anyPrefix.test(text)) return;
  for (const { name, pattern } of detectors) {
    const count = text.match(pattern)?.length ?? 0;
    if (count > 0) findings.push({ detector: name, path, count });
  }
}

/** The same object when nothing was found: most results pass without a copy. */
function rewrite(value: Json, path: string, findings: Finding[]): Json {
  if (typeof value === 'string') return redactText(value, path, findings);
  if (Array.isArray(value)) return rewriteArray(value as readonly Json[], path, findings);
  if (typeof value === 'object' && value !== null) {
    return rewriteObject(value as JsonObject, path, findings);
  }
  return value;
}

function rewriteArray(value: readonly Json[], path: string, findings: Finding[]): Json {
  let changed = false;
  const items = value.map((item, at) => {
    const clean = rewrite(item, `${path}/${at}`, findings);
    changed ||= clean !== item;
    return clean;
  });
  return changed ? items : value;
}

function rewriteObject(value: JsonObject, path: string, findings: Finding[]): Json {
  let changed = false;
  const entries = Object.keys(value).map((key): [string, Json] => {
    const item = value[key] as Json;
    const name = redactText(key, path, findings);
    const clean = rewrite(item, `${path}/${key}`, findings);
    changed ||= clean !== item || name !== key;
    return [name, clean];
  });
  return changed ? Object.fromEntries(entries) : value;
}

function redactText(text: string, path: string, findings: Finding[]): string {
  if (!anyPrefix.test(text)) return text;
  let clean = text;
  for (const { name, pattern } of detectors) {
    let count = 0;
    clean = clean.replace(pattern, () => {
      count += 1;
      return `[redacted:${name}]`;
    });
    if (count > 0) findings.push({ detector: name, path, count });
  }
  return clean;
}
