import { S3Error } from '../model/errors.ts';
import type { Handler } from './types.ts';

export const createMultipartUpload: Handler = async () => {
  throw new S3Error('NotImplemented');
};
export const uploadPart: Handler = async () => {
  throw new S3Error('NotImplemented');
};
export const listParts: Handler = async () => {
  throw new S3Error('NotImplemented');
};
export const listMultipartUploads: Handler = async () => {
  throw new S3Error('NotImplemented');
};
export const completeMultipartUpload: Handler = async () => {
  throw new S3Error('NotImplemented');
};
export const abortMultipartUpload: Handler = async () => {
  throw new S3Error('NotImplemented');
};
