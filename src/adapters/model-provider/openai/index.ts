import type { ModelProvider } from '#contracts/model-provider.ts';
import { BailiwickError } from '#kernel/errors.ts';
import { createConnection } from './connection.ts';
import { openPool } from './pool.ts';

/** Chat completions of the OpenAI shape, whole and streamed. Redirects are never followed. */
export function createOpenAiProvider(): ModelProvider {
  return {
    kind: 'openai',
    open(entry) {
      const url = URL.parse(entry.url);
      if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
        throw new BailiwickError('models/upstream-unreachable', {
          message: 'the address of the model provider is not usable',
          suggestedAction: 'write an http or https address into the Model document',
        });
      }
      const path = `${url.pathname.replace(/\/$/, '')}/chat/completions${url.search}`;
      return createConnection({ entry, pool: openPool(url.origin), path });
    },
  };
}
