import { byPattern } from '../detector.ts';

export const npmToken = byPattern('npm-token', ['npm_'], /npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/y);
