/** Answers of the account API as the Console reads them. Taken from its table of rows; docs/account-api.md describes them. */

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
  readonly canonicalId: string;
  readonly role: 'operator' | 'tenant';
  readonly state: 'active' | 'suspended';
  readonly createdAt: string;
  readonly hasPassword: boolean;
}

export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: string;
}

export interface SessionAnswer {
  readonly credentials: TemporaryCredentials;
  readonly csrfToken: string;
}

export interface Me {
  readonly account: Account;
  readonly session: {
    readonly by: 'password' | 'key' | 'key-session';
    readonly scoped: boolean;
    readonly expiresAt: string;
  };
  readonly csrfToken?: string;
}

export interface RegionView {
  readonly name: string;
  /** Served by this front end; others have their own endpoint. */
  readonly here: boolean;
  readonly endpoint?: string;
}

/** `GET /console`: known before anybody signs in. */
export interface ConsoleView {
  /** Origin of S3 for whoever opened the Console by this name. */
  readonly endpoint: string;
  /** Buckets are hosts below it, too. */
  readonly bucketDomain?: string;
  /** Keys cross the network readable by others. */
  readonly insecure: boolean;
  readonly region: string;
  readonly regions: readonly RegionView[];
  readonly version: string;
  readonly store: 'drives' | 'cluster';
  readonly limits: { readonly passwordLength: number; readonly shareSeconds: number; readonly sessionSeconds: number };
}
