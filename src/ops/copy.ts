import { S3Error } from '../model/errors.ts';
import type { Handler } from './types.ts';

export const copyObject: Handler = async () => {
  throw new S3Error('NotImplemented');
};
export const uploadPartCopy: Handler = async () => {
  throw new S3Error('NotImplemented');
};
