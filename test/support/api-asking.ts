/** Every operation of the account API, asked with what it takes; and all that it could have changed. */

import { createRoutes } from '../../src/http/api/table.ts';
import type { Route } from '../../src/http/api/types.ts';
import type { AuditEvent } from '../../src/model/entities.ts';
import type { ApiWorld, Person } from './api-world.ts';

export const PASSWORD = 'correct horse battery';
export const ROUTES = createRoutes();

/** A body that each operation takes. */
export const BODIES: Readonly<Record<string, unknown>> = {
  CreateSession: { name: 'ana', password: PASSWORD },
  ChangePassword: { password: PASSWORD },
  CreateAccount: { name: 'mallory' },
  ChangeAccount: { name: 'mallory' },
  ResetPassword: { password: PASSWORD },
  CreateKey: {},
  ChangeKey: { label: 'changed' },
  RotateKey: { overlapSeconds: 0 },
  CreateKeySession: {},
  ConfirmSession: { password: PASSWORD },
  TestVisibility: { bucket: 'some-bucket', unsaved: {} },
  TestAccess: { operation: 'ListObjectsV2', bucket: 'some-bucket', unsaved: {} },
  CreateShare: { bucket: 'some-bucket', key: 'k', expiresAt: new Date(Date.now() + 3_600_000).toISOString() },
};

/** What must be asked along. */
const QUERIES: Readonly<Record<string, string>> = {
  GetCopies: '?bucket=some-bucket&key=k',
  GetVisibility: '?bucket=some-bucket',
  ExplainAccess: '?operation=ListBuckets',
  ExplainRefusal: '?requestId=0123456789ABCDEF',
};

/** Everything in the store that the API could change or tell, but for the trail. */
export async function state({ engine }: ApiWorld): Promise<unknown> {
  const accounts = await engine.rows.scanAccounts(undefined, 1000);
  return { accounts, keys: await engine.rows.scanKeys(undefined, undefined, 1000) };
}

export const trail = ({ engine }: ApiWorld): Promise<readonly AuditEvent[]> => engine.rows.scanAudit({ limit: 1000 });

/** Asks for an operation, about that account and key. */
export function ask({ call }: ApiWorld, { method, path, operation }: Route, about: Person, as: Person | string) {
  const target = path
    .replace('{account}', about.account.id)
    .replace('{accessKeyId}', about.key.accessKeyId)
    .replace('{session}', 'AAAAAAAAAAAAAAAA')
    .replace('{share}', 'MRSAAAAAAAAAAAAAAAAA');
  return call(method, `${target}${QUERIES[operation] ?? ''}`, { as, body: BODIES[operation] });
}
