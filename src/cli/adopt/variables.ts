/** What a client would put in place of `${…}`, and what nobody here can know. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  readonly workspace: string;
  readonly inputs: ReadonlyMap<string, string | undefined>;
}

export type Expanded = { readonly value: string } | { readonly missing: string };

const reference = /\$\{([^}]*)\}/g;

/**
 * `${NAME}` and `${NAME:-usual}` of Claude Code, `${env:NAME}`, `${input:ID}` and folders of VS Code
 * and Cursor. INVARIANT: what is not known is not guessed.
 */
export function expand(text: string, around: Surroundings): Expanded {
  let missing: string | undefined;
  const value = text.replace(reference, (whole, inner: string) => {
    const known = valueOf(inner, around);
    if ('missing' in known) missing ??= known.missing;
    return 'missing' in known ? whole : known.value;
  });
  return missing === undefined ? { value } : { missing };
}

function valueOf(inner: string, { env, userHome, workspace, inputs }: Surroundings): Expanded {
  if (inner === 'userHome') return { value: userHome };
  if (inner === 'workspaceFolder') return { value: workspace };
  if (inner === 'pathSeparator' || inner === '/') return { value: '/' };
  if (inner.startsWith('input:')) {
    const id = inner.slice('input:'.length);
    const variable = `BAILIWICK_INPUT_${id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
    const value = env[variable] ?? inputs.get(id);
    return value === undefined ? { missing: variable } : { value };
  }
  const [, name = '', usual] = /^(?:env:)?([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? [];
  const value = env[name] ?? usual;
  if (value !== undefined) return { value };
  return { missing: name === '' ? `\${${inner}}` : name };
}
