import { readFile } from 'node:fs/promises';
import { BailiwickError } from '#kernel/errors.ts';
import type { AwsCredentials } from './signature.ts';

/**
 * From the file that was named, read anew each time, so that credentials which end are renewed by whoever writes it; or
 * from the environment. INVARIANT: in no message.
 */
export async function readCredentials(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  const say = file === undefined ? fromEnvironment(env) : fromText(await textOf(file), file);
  const accessKeyId = say('aws_access_key_id');
  const secretAccessKey = say('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw missing(
      file === undefined
        ? 'there is no AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY; or name a file: `&credentials=/PATH`'
        : `\`${file}\` has no aws_access_key_id with aws_secret_access_key`,
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken: say('aws_session_token') };
}

type Say = (name: string) => string | undefined;

function fromEnvironment(env: NodeJS.ProcessEnv): Say {
  return (name) => {
    const value = env[name.toUpperCase()];
    return value === '' ? undefined : value;
  };
}

/** As the tools of AWS write it. Of several profiles it would be a guess which one is meant. */
function fromText(text: string, file: string): Say {
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.filter((line) => line.startsWith('[')).length > 1) {
    throw missing(`\`${file}\` has several profiles; give the archive a file of its own`);
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
    throw missing(`the credentials in \`${file}\` cannot be read: ${code}`);
  }
}

function missing(message: string): BailiwickError {
  return new BailiwickError('audit/archive-unavailable', { message });
}
