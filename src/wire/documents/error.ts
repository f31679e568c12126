/** S3's error document. Source: "REST error responses" in the S3 API reference. It has no namespace, as there. */

import { leaf, plainDocument } from '../xml-write.ts';

export interface ErrorDocument {
  readonly code: string;
  readonly message: string;
  /** `/bucket/key` as asked for. */
  readonly resource?: string;
  readonly requestId: string;
  readonly hostId?: string;
  /** The code's own elements, between message and resource. Names are ours, values may be the client's. */
  readonly fields?: Readonly<Record<string, string>>;
}

export function writeError(error: ErrorDocument): string {
  let content = leaf('Code', error.code) + leaf('Message', error.message);
  for (const [name, value] of Object.entries(error.fields ?? {})) content += leaf(name, value);
  content += leaf('Resource', error.resource) + leaf('RequestId', error.requestId) + leaf('HostId', error.hostId);
  return plainDocument('Error', content);
}
