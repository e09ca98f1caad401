import { describe, expect, it } from 'vitest';
import { settingSecret } from './settings.ts';

const github = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;
const drawn = 'q7Zt3Lm9Xv2Rk8Wp4Yc6Bn1D';

describe('a setting of a client', () => {
  it.each([
    ['GITHUB_PERSONAL_ACCESS_TOKEN', github],
    ['WHATEVER', github],
    ['DATABASE_URL', 'postgres://app:s3cr3tPa55@db.example.com/app'],
    ['API_KEY', 'abc'],
    ['apiKey', 'short-one'],
    ['X-Api-Key', 'letmein'],
    ['Authorization', 'hunter2hunter2'],
    ['DB_PASSWORD', 'correct horse'],
    ['SOMETHING', drawn],
    ['--token', 'whatever'],
  ])('is a secret by its name or its value [CRD-21]: %s', (name, value) => {
    expect(settingSecret({ name, value })).toBeDefined();
  });

  it.each([
    ['NODE_ENV', 'production'],
    ['PORT', '3000'],
    ['LOG_LEVEL', 'debug'],
    ['PUBLIC_KEY', 'anything'],
    ['SORT_KEY', 'name'],
    ['SSH_KEY_PATH', '/home/me/.ssh/id'],
    ['TOKEN_URL', 'https://login.example.com/token'],
    ['AUTH_ENABLED', 'true'],
    ['API_KEY', ''],
    ['', '@modelcontextprotocol/server-filesystem'],
    ['', '/Users/me/Documents/project-2026-11'],
    ['', 'ghcr.io/github/github-mcp-server:v0.20.1'],
    ['KEYBOARD', 'qwerty'],
  ])('is none when nothing says so: %s', (name, value) => {
    expect(settingSecret({ name, value })).toBeUndefined();
  });
});
