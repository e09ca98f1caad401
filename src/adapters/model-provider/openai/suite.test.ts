import { modelProviderSuite } from '#contracts/model-provider.suite.ts';
import { startFakeModelProvider } from '../../../../test/fakes/fake-model-provider/index.ts';
import { createOpenAiProvider } from './index.ts';

modelProviderSuite('the OpenAI-shaped adapter', async () => {
  const key = 'sk-suite-0123456789';
  const fake = await startFakeModelProvider({ key });
  return { provider: createOpenAiProvider(), url: fake.url, key, stop: () => fake.close() };
});
