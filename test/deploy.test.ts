import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** Each instruction on one line, without comments. */
function instructionsOf(text: string): readonly Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*#/.test(line));
  return lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, word = '', rest = ''] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
      expect({ line, word: word !== '' }).toEqual({ line, word: true });
      return { word, rest };
    });
}

const all = instructionsOf(read('Dockerfile'));
const given = (word: string) => all.filter((one) => one.word === word).map(({ rest }) => rest);
const lastStage = all.slice(all.findLastIndex(({ word }) => word === 'FROM'));

/** Variables of the image, in one instruction or several. */
function variables(): ReadonlyMap<string, string> {
  const pairs = given('ENV').flatMap((rest) => rest.split(/\s+/));
  return new Map(pairs.map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? '']));
}

describe('the Dockerfile', () => {
  it('starts from one official Node image, pinned by a whole version, with room for a digest', () => {
    const [image = ''] = given('ARG');
    expect(image).toMatch(/^NODE_IMAGE=node:\d+\.\d+\.\d+-[a-z]+-slim$/);
    // The packages, the console, the product.
    const from = given('FROM').map((rest) => rest.split(' ')[0]);
    expect(from).toEqual(Array(3).fill('${NODE_IMAGE}'));
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(image)?.slice(1).map(Number) ?? [];
    const [least = 0, leastMinor = 0] =
      /(\d+)\.(\d+)/.exec(engines.node)?.slice(1).map(Number) ?? [];
    expect(major === least && minor >= leastMinor).toBe(true);
  });

  it('runs as nobody special: the user is set once, after everything that root does, and is not root', () => {
    expect(given('USER')).toEqual(['node']);
    const at = lastStage.findIndex(({ word }) => word === 'USER');
    const after = lastStage.slice(at + 1).map(({ word }) => word);
    expect(after.filter((word) => ['RUN', 'COPY', 'ADD', 'ENV'].includes(word))).toEqual([]);
  });

  it('takes only what is there, by COPY, and runs no script of a package', () => {
    expect(given('ADD')).toEqual([]);
    for (const rest of given('COPY').filter((one) => !one.startsWith('--from='))) {
      for (const source of rest.split(' ').slice(0, -1)) {
        expect({ source, there: existsSync(join(root, source)) }).toEqual({ source, there: true });
        expect(read('.dockerignore').split('\n')).toContain(`!${source}`);
      }
    }
    const installs = given('RUN').filter((rest) => rest.includes('npm'));
    expect(installs).toHaveLength(1);
    expect(installs[0]).toMatch(/npm install --no-save --ignore-scripts .*--omit=dev/);
    expect(installs[0]).toContain('.bailiwick-prod');
    expect(read('console/build.sh')).toMatch(/npm install --no-save --ignore-scripts /);
    expect(given('RUN').join('\n')).not.toMatch(/curl|wget|apt|sudo/);
  });

  it('keeps keys and data apart, each on a volume that only the user may read, and no secret in the image', () => {
    const [volumes = '[]'] = given('VOLUME');
    const { data, keys } = {
      data: variables().get('BAILIWICK_DATA'),
      keys: variables().get('BAILIWICK_KEYS'),
    };
    expect(JSON.parse(volumes)).toEqual([data, keys]);
    expect(keys?.startsWith(`${data}/`)).toBe(false);
    expect(given('RUN').at(-1)).toBe(`install -d -o node -g node -m 0700 ${data} ${keys}`);
    const names = [...variables().keys()].join(' ');
    expect(names).not.toMatch(/secret|token|password|credential/i);
  });

  it('is asked for its health where the product tells it, and starts it without a shell', () => {
    const [health = ''] = given('HEALTHCHECK');
    expect(health).toContain("fetch('http://127.0.0.1:7081/healthz')");
    const [entry = '[]'] = given('ENTRYPOINT');
    const [command = '[]'] = given('CMD');
    expect([JSON.parse(entry), JSON.parse(command)]).toEqual([
      ['/opt/bailiwick/bailiwick'],
      ['up', '--no-demo'],
    ]);
    expect(given('EXPOSE')).toEqual([]);
  });
});

describe('what the builder is given', () => {
  it('is named piece by piece, and nothing of a clone that is not', () => {
    const [first, ...rest] = read('.dockerignore').trim().split('\n');
    expect(first).toBe('*');
    for (const name of ['.git', 'node_modules', '.runtime', '.data', 'documents', 'keys', 'test']) {
      expect(rest).not.toContain(`!${name}`);
    }
  });
});

describe('the compose file', () => {
  const { services, volumes } = parse(read('compose.yaml')) as {
    services: Record<string, Record<string, unknown>>;
    volumes: Record<string, unknown>;
  };
  const service = services['bailiwick'] ?? {};

  it('takes every right away that the product does not need', () => {
    expect(service).toMatchObject({
      user: 'node',
      init: true,
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service['privileged']).toBeUndefined();
    expect(service['tmpfs']).toEqual(['/tmp', '/home/node']);
  });

  it('publishes no port: the listeners are on the loopback of the host', () => {
    expect([service['network_mode'], service['ports']]).toEqual(['host', undefined]);
    expect(JSON.stringify(service)).not.toContain('0.0.0.0');
  });

  it('has data and keys on volumes of their own, and the documents read-only', () => {
    expect(Object.keys(volumes)).toEqual(['data', 'keys']);
    expect(service['volumes']).toEqual([
      `data:${variables().get('BAILIWICK_DATA')}`,
      `keys:${variables().get('BAILIWICK_KEYS')}`,
      `./documents:${variables().get('BAILIWICK_CONFIG')}:ro`,
    ]);
  });

  it('names the version that it builds', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(service['image']).toBe(`bailiwick:${version}`);
  });
});

describe('the image', () => {
  it('is built, and says its version, where a builder is', () => {
    const builder = ['docker', 'podman'].find((one) => spawnSync(one, ['info']).status === 0);
    if (builder === undefined) {
      process.stderr.write(
        '\n  NOT BUILT: neither docker nor podman runs here; the image was linted only\n',
      );
      return;
    }
    const built = spawnSync(builder, ['build', '-t', 'bailiwick-test', root], { encoding: 'utf8' });
    expect({ status: built.status, said: built.status === 0 ? '' : built.stderr }).toEqual({
      status: 0,
      said: '',
    });
    const run = ['run', '--rm', '--read-only', '--network=none', 'bailiwick-test', '--version'];
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(spawnSync(builder, run, { encoding: 'utf8' }).stdout.trim()).toBe(version);
  }, 600_000);
});
