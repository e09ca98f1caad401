import { describe, expect, it } from 'vitest';
import { BailiwickError } from '#kernel/errors.ts';
import { namedPort } from './port-taken.ts';

const options = {
  gateway: { host: '127.0.0.1', port: 7080 },
  gatewayTls: { host: '127.0.0.1', port: 0 },
  control: { host: '127.0.0.1', port: 7081 },
};
const taken = (port: number) =>
  new BailiwickError('up/port-taken', {
    message: `listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  });

describe('an address that is taken', () => {
  it('is told with the flag that moves it', () => {
    expect(namedPort(taken(7080), options).suggestedAction).toContain('`--gateway 127.0.0.1:PORT`');
    expect(namedPort(taken(7081), options)).toMatchObject({
      code: 'up/port-taken',
      message: 'something else listens on 127.0.0.1:7081 already (`--control`)',
    });
  });

  it('stays as it was told where it is none of ours, as other faults do', () => {
    const strange = taken(9000);
    expect(namedPort(strange, options)).toBe(strange);
    const other = new BailiwickError('store/full', { message: 'no room at :7080' });
    expect(namedPort(other, options)).toBe(other);
  });
});
