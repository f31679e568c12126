import { S3Error } from '../model/errors.ts';
import type { Handler } from './types.ts';

export const deleteObject: Handler = async () => {
  throw new S3Error('NotImplemented');
};
export const deleteObjects: Handler = async () => {
  throw new S3Error('NotImplemented');
};
