import { describe, expect, it } from 'vitest';
import { settingDoubt, settingSecret } from './settings.ts';

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
    ['X-Auth', 'Zq8v-22kk'],
    ['API_URL', 'https://api.example.com/v1?api_key=letmein'],
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
    ['API_KEY', '${PLACE}'],
    ['', '@modelcontextprotocol/server-filesystem'],
    ['', '/Users/me/Documents/project-2026-11'],
    ['', 'ghcr.io/github/github-mcp-server:v0.20.1'],
    ['KEYBOARD', 'qwerty'],
  ])('is none when nothing says so: %s', (name, value) => {
    expect(settingSecret({ name, value })).toBeUndefined();
  });

  it.each([
    ['p', 'hunter22'],
    ['T', 'Aa1!bb'],
    ['', 'Zq8v-22kk-91Lp'],
    ['PROFILE', 'Tr0ub4dor&3'],
  ])('is doubtful by its shape, for a person to decide: %s %s', (name, value) => {
    expect([settingSecret({ name, value }), settingDoubt({ name, value }) === undefined]).toEqual([
      undefined,
      false,
    ]);
  });

  it.each([
    ['p', '8080'],
    ['p', 'production'],
    ['p', 'a1'],
    ['REGION', 'eu-west-1'],
    ['', 'mcp-server-2'],
    ['', '@scope/Package1'],
    ['', 'v1.2.3-Beta4'],
    ['TOKEN', 'Zq8v-22kk-91Lp'],
    ['', 'https://Example1.com'],
  ])('is not doubted without a reason: %s %s', (name, value) => {
    expect(settingDoubt({ name, value })).toBeUndefined();
  });
});
