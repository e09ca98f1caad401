import { byPattern } from '../detector.ts';

export const githubFineGrained = byPattern(
  'github-fine-grained',
  ['github_pat_'],
  /github_pat_[A-Za-z0-9_]{50,255}/y,
);
