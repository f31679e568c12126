/** What a page needs to know before anybody has signed in: where S3 is, and what the platform is like. Nothing of it is secret. */

import { z } from 'zod';
import { bucketDomainOf, endpointFor } from '../site.ts';
import { NO_QUERY, NOTHING, openRoute } from './route.ts';
import type { Route } from './types.ts';

const answer = z.strictObject({
  endpoint: z.string().describe('Origin of S3 for whoever came to the Console by this name: `https://s3.example.org`.'),
  bucketDomain: z
    .string()
    .optional()
    .describe('`BUCKET.` before it is the bucket’s own host name. Absent: buckets are addressed by path only.'),
  insecure: z.boolean().describe('S3 or this page is reached without TLS: whoever is in between can read keys.'),
  region: z.string().describe('Where buckets are made unless one says otherwise, and what clients sign with.'),
  regions: z
    .array(
      z.strictObject({
        name: z.string(),
        here: z.boolean().describe('Its buckets can be made and used at this endpoint.'),
        endpoint: z.string().optional().describe('Host, perhaps with a port, that serves it otherwise.'),
      }),
    )
    .describe('All that there are, the default one first.'),
  version: z.string().describe('Of Moraine.'),
  store: z.enum(['drives', 'cluster']).describe('What keeps the bytes: drives of one machine, or a database cluster.'),
  limits: z.strictObject({
    passwordLength: z.int().describe('A password has at least so many characters.'),
    shareSeconds: z.int().describe('A shared link lives at most so long.'),
    sessionSeconds: z.int().describe('A session can be refreshed until so long after the sign-in.'),
  }),
});
export type ConsoleView = z.output<typeof answer>;

export const CONSOLE_ROUTE: Route = openRoute({
  method: 'GET',
  path: '/console',
  operation: 'GetConsole',
  summary: 'Where S3 is for this visitor, and what a sign-in page needs to know.',
  query: NO_QUERY,
  body: NOTHING,
  answer,
  handle: async ({ host, secure }, { site, limits, capabilities, version }) => {
    const endpoint = endpointFor(site, host);
    const bucketDomain = bucketDomainOf(site, endpoint);
    const { home, others } = site.regions;
    const view: ConsoleView = {
      endpoint,
      ...(bucketDomain === undefined ? {} : { bucketDomain }),
      insecure: !secure || endpoint.startsWith('http:'),
      region: home,
      regions: [
        { name: home, here: true },
        ...others.map(({ name, served, host: at }) => ({
          name,
          here: served === 'here',
          ...(at === undefined ? {} : { endpoint: at }),
        })),
      ],
      version,
      store: capabilities.name === 'cassandra' ? 'cluster' : 'drives',
      limits: {
        passwordLength: limits.passwordMin,
        shareSeconds: limits.presignedSecondsMax,
        sessionSeconds: Math.floor(limits.sessionMaxMs / 1000),
      },
    };
    return { answer: view };
  },
});
