import type { JsonObject } from '#kernel/json/value.ts';
import { askProgram } from '../ask-program.ts';
import { cell } from '../output.ts';

export function askBackup(asked: JsonObject, env: NodeJS.ProcessEnv): Promise<JsonObject> {
  return askProgram({
    entry: new URL('../../programs/backup/main.ts', import.meta.url),
    asked,
    env,
    told: ({ files, bytes }) => `${cell(files)} files, ${cell(bytes)} bytes`,
    otherwise: 'gateway/internal',
  });
}
