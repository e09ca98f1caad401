import { byPattern } from '../detector.ts';

/** Hosters and hubs with a prefix of their own and nothing else to tell. */
export const hostingToken = byPattern(
  'hosting-token',
  ['dop_v1_', 'hf_', 'dapi', 'shpat_', 'shpss_', 'ATATT3', 'lin_api_', 'PMAK-'],
  /(?<![A-Za-z0-9])(?:dop_v1_[0-9a-f]{64}|hf_[A-Za-z]{34}|dapi[0-9a-f]{32}|shp(?:at|ss)_[0-9a-fA-F]{32}|ATATT3[A-Za-z0-9_=-]{50,250}|lin_api_[A-Za-z0-9]{40}|PMAK-[0-9a-f]{24}-[0-9a-f]{34})(?![A-Za-z0-9])/y,
);
