import { byPattern } from '../detector.ts';

/** A macaroon of pypi.org or its test twin: its first bytes are always the same. */
export const pypiToken = byPattern('pypi-token', ['pypi-AgE'], /pypi-AgE[A-Za-z0-9_-]{50,500}/y);
