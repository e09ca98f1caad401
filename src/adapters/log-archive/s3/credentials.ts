import { credentialOf, noCredential } from '../wire/credential-file.ts';
import type { AwsCredentials } from './signature.ts';

/** By the names that the tools of AWS use, in a file and in the environment. */
export async function readCredentials(
  file: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<AwsCredentials> {
  const say = await credentialOf(file, env);
  const accessKeyId = say('aws_access_key_id');
  const secretAccessKey = say('aws_secret_access_key');
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw noCredential(
      file === undefined
        ? 'there is no AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY; or name a file: `&credentials=/PATH`'
        : `\`${file}\` has no aws_access_key_id with aws_secret_access_key`,
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken: say('aws_session_token') };
}
