import { credentialSourceSuite } from '#contracts/credential-source.suite.ts';
import { FakeCredentialSource } from '../../../test/fakes/fake-credential-source.ts';
import { FakeKeyring } from '../../../test/fakes/fake-keyring.ts';
import { sealSecret } from './envelope.ts';
import { createSealedSource } from './sealed-source.ts';

credentialSourceSuite('what lies sealed', async () => {
  const keyring = new FakeKeyring();
  const wrapper = await keyring.wrapper('vault');
  let isLost = false;
  return {
    source: createSealedSource({
      name: wrapper.name,
      wrap: (key, context) => wrapper.wrap(key, context),
      unwrap(wrapped, context) {
        if (isLost) throw new TypeError('no key');
        return wrapper.unwrap(wrapped, context);
      },
    }),
    known: (tenant, name, value) =>
      sealSecret(wrapper, tenant, { name, version: 1, value: Buffer.from(value) }),
    lose: () => void (isLost = true),
  };
});

credentialSourceSuite('a fake that answers in its own time', async () => {
  const source = new FakeCredentialSource();
  return {
    source,
    known: (tenant, name, value) => source.put(tenant, name, value),
    lose: () => void (source.away = true),
  };
});
