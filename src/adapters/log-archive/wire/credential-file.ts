import { readFile } from 'node:fs/promises';
import { BailiwickError } from '#kernel/errors.ts';

/** What a credential says under this name. */
export type Say = (name: string) => string | undefined;

/**
 * From the file that was named, read anew each time, so that credentials which end are renewed by whoever writes it; or
 * from the environment, under the same names in capitals. INVARIANT: no value is in any message.
 */
export async function credentialOf(file: string | undefined, env: NodeJS.ProcessEnv): Promise<Say> {
  if (file === undefined) {
    return (name) => {
      const value = env[name.toUpperCase()];
      return value === '' ? undefined : value;
    };
  }
  return pairsIn(await textOf(file), file);
}

/** Lines `name = value`, as the tools of AWS write them. Of several profiles it would be a guess which one is meant. */
function pairsIn(text: string, file: string): Say {
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.filter((line) => line.startsWith('[')).length > 1) {
    throw noCredential(`\`${file}\` has several profiles; give the archive a file of its own`);
  }
  const pairs = new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^([a-z_]+)\s*=\s*(\S+)$/u.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
  return (name) => pairs.get(name);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unreadable';
    throw noCredential(`the credentials in \`${file}\` cannot be read: ${code}`);
  }
}

export function noCredential(message: string): BailiwickError {
  return new BailiwickError('audit/archive-unavailable', { message });
}
