/** What a client would put in place of `${…}`, and what nobody here can know. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userHome: string;
  readonly workspace: string;
  readonly inputs: ReadonlyMap<string, string | undefined>;
}

export type Expanded = { readonly value: string } | { readonly missing: string };

export const inputPrefix = 'BAILIWICK_INPUT_';

/** The variable that stands for an input of VS Code where nobody can be asked. */
export function inputVariable(id: string): string {
  return `${inputPrefix}${id.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

const reference = /\$\{([^}]*)\}/g;

/**
 * `${NAME}` and `${NAME:-usual}` of Claude Code, `${env:NAME}`, `${input:ID}` and folders of VS Code
 * and Cursor. INVARIANT: what is not known is not guessed.
 */
export function expand(
  text: string,
  around: Surroundings,
  /** Of these `${NAME}` stays as it is. */
  own: ReadonlySet<string> = new Set(),
): Expanded {
  let missing: string | undefined;
  const value = text.replace(reference, (whole, inner: string) => {
    if (own.has(inner)) return whole;
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
    const variable = inputVariable(id);
    const value = env[variable] ?? inputs.get(id);
    return value === undefined ? { missing: variable } : { value };
  }
  const [, name = '', usual] = /^(?:env:)?([A-Za-z_]\w*)(?::-(.*))?$/s.exec(inner) ?? [];
  const value = env[name] ?? usual;
  if (value !== undefined) return { value };
  return { missing: name === '' ? `\${${inner}}` : name };
}
