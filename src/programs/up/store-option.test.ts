import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { parseStoreOption } from './store-option.ts';

describe('where the store is', () => {
  it('is the data folder, when nothing says otherwise', () => {
    expect(parseStoreOption(undefined, {})).toBeUndefined();
    expect(parseStoreOption(undefined, { BAILIWICK_STORE: '' })).toBeUndefined();
  });

  it('is what the flag says before what the environment says, with the password of the latter', () => {
    const env = {
      BAILIWICK_STORE: 'postgres://other:secret@there/x',
      BAILIWICK_STORE_PASSWORD: 'p@ss/word',
      BAILIWICK_STORE_OWNER: 'postgres://owner:secret@here:5432/bw',
    };
    const option = parseStoreOption('postgres://app@here:5432/bw', env);
    expect(option).toEqual({
      connection: 'postgres://app:p%40ss%2Fword@here:5432/bw',
      migrationConnection: 'postgres://owner:secret@here:5432/bw',
    });
    expect(new URL(option?.connection ?? '').username).toBe('app');
  });

  it('takes a whole URL from the environment', () => {
    const url = 'postgresql://app:secret@here/bw';
    expect(parseStoreOption(undefined, { BAILIWICK_STORE: url })).toEqual({ connection: url });
  });

  it('refuses a password on the command line, and what is no URL of PostgreSQL, without an echo', () => {
    for (const flag of ['postgres://app:secret@here/bw', 'mysql://secret', 'secret', 'sqlite:x']) {
      let message = '';
      try {
        parseStoreOption(flag, {});
      } catch (fault) {
        message =
          fault instanceof BailiwickError ? JSON.stringify(fault.toRefusal()) : 'another fault';
      }
      expect(message, flag).toContain('--store');
      expect(message).not.toContain('secret');
    }
  });
});
