import { byPattern } from '../detector.ts';

export const githubToken = byPattern(
  'github-token',
  ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'],
  /gh[opsur]_[A-Za-z0-9]{36,255}/y,
);
