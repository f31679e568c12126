/** The account API's own description: OpenAPI 3.1, made from the rows, so that it cannot say anything else than they do. */

import { z } from 'zod';
import { NO_QUERY, NOTHING, openRoute } from './route.ts';
import { API_ROOT } from './router.ts';
import type { Route } from './types.ts';

const error = z.strictObject({
  error: z.strictObject({
    code: z.string().describe('For programs.'),
    message: z.string().describe('For people: what was wrong, and what to do.'),
    field: z.string().optional().describe('The member or parameter that was wrong.'),
    line: z.int().optional().describe('Line in the text that it holds, from 1.'),
    requestId: z.string(),
  }),
});

/** The row that answers with the description of `routes()`, itself included. */
export function openApiRoute(routes: () => readonly Route[]): Route {
  return openRoute({
    method: 'GET',
    path: '/openapi.json',
    operation: 'GetDescription',
    summary: 'This description.',
    query: NO_QUERY,
    body: NOTHING,
    answer: z.looseObject({ openapi: z.literal('3.1.0') }),
    handle: async (_call, { version }) => ({ answer: describe(routes(), version) }),
  });
}

function describe(routes: readonly Route[], version: string) {
  const paths = new Map<string, Record<string, unknown>>();
  for (const route of routes) {
    const methods = paths.get(route.path) ?? {};
    methods[route.method.toLowerCase()] = operation(route);
    paths.set(route.path, methods);
  }
  return {
    openapi: '3.1.0' as const,
    info: { title: 'Moraine account API', version },
    servers: [{ url: API_ROOT }],
    paths: Object.fromEntries(paths),
    components: {
      schemas: { Error: schemaOf(error, 'output') },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: '`bearerToken` of a session.' },
        cookie: { type: 'apiKey', in: 'cookie', name: '__Host-moraine-session' },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token', description: 'With the cookie, for every change.' },
      },
    },
  };
}

function operation(route: Route) {
  const { summary, details, may, method, status, body, answer } = route;
  const cookie = method === 'GET' ? { cookie: [] } : { cookie: [], csrf: [] };
  const content = (schema: unknown) => ({ 'application/json': { schema } });
  return {
    operationId: route.operation,
    summary,
    description: [details, WHO(may)].filter((text) => text !== undefined).join(' '),
    security: may === 'anyone' ? [] : [{ bearer: [] }, cookie],
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(isNothing(body) ? {} : { requestBody: { required: true, content: content(schemaOf(body, 'input')) } }),
    responses: {
      [status]: {
        description: 'Done.',
        ...(isNothing(answer) ? {} : { content: content(schemaOf(answer, 'output')) }),
      },
      default: { description: 'Refused.', content: content({ $ref: '#/components/schemas/Error' }) },
    },
  };
}

const WHO = (may: Route['may']): string =>
  may === 'anyone' ? 'For anyone.' : may === 'signed-in' ? 'For whoever is signed in.' : `Right: ${may}.`;

const isNothing = (schema: z.ZodType): boolean => schema instanceof z.ZodUndefined;

function pathParameters({ path }: Route) {
  const names = path.split('/').filter((part) => part.startsWith('{'));
  return names.map((part) => ({ name: part.slice(1, -1), in: 'path', required: true, schema: { type: 'string' } }));
}

function queryParameters({ query }: Route) {
  const { properties = {}, required = [] } = schemaOf(query, 'input');
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: required.includes(name), schema },
  }));
}

/** Dates have a format; the pattern behind it is half a page and says nothing more. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    override: ({ jsonSchema }) => {
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return rest;
}
