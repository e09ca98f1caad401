import { readFileSync, statSync } from 'node:fs';

const mostBytes = 262_144;
const line = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/;

/** What an `envFile` says, or why it cannot be taken: what is not understood whole is not guessed. */
export function readEnvFile(
  path: string,
): { readonly variables: ReadonlyMap<string, string> } | { readonly why: string } {
  let text: string;
  try {
    if (statSync(path).size > mostBytes) return { why: `its \`envFile\` ${path} is too large` };
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch {
    return { why: `its \`envFile\` ${path} cannot be read` };
  }
  const variables = new Map<string, string>();
  for (const [at, given] of text.split(/\r?\n/).entries()) {
    const trimmed = given.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const [, name, raw = ''] = line.exec(trimmed) ?? [];
    const value = valueOf(raw);
    if (name === undefined || value === undefined) {
      return { why: `line ${at + 1} of its \`envFile\` ${path} is not NAME=VALUE` };
    }
    variables.set(name, value);
  }
  return { variables };
}

function valueOf(raw: string): string | undefined {
  const quoted = /^(["'])(.*)\1\s*(?:#.*)?$/.exec(raw);
  if (quoted !== null) {
    const [, mark, inner = ''] = quoted;
    return mark === '"' ? inner.replace(/\\(["\\])/g, '$1') : inner;
  }
  if (/^["']/.test(raw)) return undefined;
  return raw.replace(/\s+#.*$/, '').trim();
}
