import { byPattern } from '../detector.ts';

export const googleOauthSecret = byPattern(
  'google-oauth-secret',
  ['GOCSPX-', 'ya29.'],
  /(?<![A-Za-z0-9])(?:GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{30,512})/y,
);
