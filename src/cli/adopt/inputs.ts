import type { CommandInput } from '../command.ts';
import type { ClientEntry, ClientFile } from './client-file.ts';
import { inputVariable } from './variables.ts';

/**
 * What VS Code would ask its user for, asked here of whoever sits at the terminal. What is not answered
 * stays unknown: its server is left where it is.
 */
export async function inputsFor(
  { inputs }: Pick<ClientFile, 'inputs'>,
  entries: readonly ClientEntry[],
  { env, ask }: { readonly env: NodeJS.ProcessEnv; readonly ask: CommandInput['ask'] },
): Promise<{
  readonly inputs: ReadonlyMap<string, string | undefined>;
  /** INVARIANT: each goes into the vault, whatever it looks like. */
  readonly passwords: readonly string[];
}> {
  const used = new Set(entries.flatMap(({ value }) => idsIn(JSON.stringify(value))));
  const known = new Map<string, string | undefined>();
  const passwords: string[] = [];
  for (const id of used) {
    const input = inputs.get(id);
    const given = env[inputVariable(id)] ?? input?.usual;
    const answer = given ?? (await asked(id, input, ask));
    known.set(id, answer);
    if (input?.isPassword === true && answer !== undefined && answer !== '') passwords.push(answer);
  }
  return { inputs: known, passwords };
}

function idsIn(text: string): readonly string[] {
  return [...text.matchAll(/\$\{input:([^}]*)\}/g)].map(([, id = '']) => id);
}

async function asked(
  id: string,
  input: { readonly description: string; readonly isPassword: boolean } | undefined,
  ask: CommandInput['ask'],
): Promise<string | undefined> {
  if (ask === undefined) return undefined;
  const isHidden = input?.isPassword === true;
  const text = `${input?.description ?? id} (input ${id}; nothing leaves its server where it is): `;
  const answer = await ask(text, { isHidden });
  return answer === '' ? undefined : answer;
}
