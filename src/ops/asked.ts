/** What authorisation is asked about, as values: the request, what it needs of the services, and what is touched. */

import type { CanonicalId } from '../model/entities.ts';
import type { Target } from '../store/port.ts';
import type { Call, Services } from './types.ts';

/** Who asks for what. */
export type Asked = Pick<Call, 'operation' | 'request' | 'caller' | 'says'>;

export type AccessServices = Pick<Services, 'access' | 'clock' | 'policies'>;

/** What is touched: by the names the client used, and as it was fetched for this request. */
export interface Touched {
  readonly bucket: string;
  readonly key?: string | undefined;
  readonly versionId?: string | undefined;
  readonly target: Target;
  /** Who began the upload, where one is named that is there. */
  readonly initiator?: CanonicalId | undefined;
  /** What is touched must match this ETag: of one key of a batch, which has no header of its own. */
  readonly ifMatch?: string | undefined;
}
