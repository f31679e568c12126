/** The configuration of the Cassandra engine: what its settings must be together, and what becomes of them. */

import type { Secret } from '../base/secret.ts';
import { CASSANDRA_SETTINGS, regionRoom } from '../settings/cassandra.ts';
import type { SettingKey, SettingValues } from '../settings.ts';

export interface CassandraConfig {
  /** `host:port`. */
  readonly contactPoints: readonly string[];
  /** Beside this front end; the first of its region's. */
  readonly dataCentre: string;
  /** Each region's data centres. Holds the front end's own `region`. */
  readonly regions: Readonly<Record<string, readonly string[]>>;
  readonly prefix: string;
  readonly user: string | undefined;
  /** Or it is the first line of `passwordPath`. */
  readonly password: Secret | undefined;
  readonly passwordPath: string | undefined;
  readonly tls:
    | {
        readonly caPath: string | undefined;
        readonly certificatePath: string | undefined;
        readonly keyPath: string | undefined;
      }
    | undefined;
  /** Milliseconds. */
  readonly times: { readonly meta: number; readonly bulk: number };
  readonly fewerCopies: boolean;
  /** Whether buckets of other regions are served by this front end too. */
  readonly otherRegions: 'here' | 'elsewhere';
  /** Host, perhaps with a port, by region. */
  readonly endpoints: Readonly<Record<string, string>>;
}

/** Where settings came from: undefined when one was not given. */
export type OriginOf = (key: SettingKey) => string | undefined;

const CHOICE = 'cassandra.contact-points';

/** What no setting can say for itself, as messages. */
export function cassandraProblems(values: SettingValues, originOf: OriginOf): readonly string[] {
  const given = (key: SettingKey) => originOf(key) !== undefined;
  const named = (key: SettingKey) => `${key} (from ${originOf(key)})`;
  if (!given(CHOICE)) {
    const stray = Object.keys(CASSANDRA_SETTINGS).filter(isCassandraKey).find(given);
    return stray === undefined ? [] : [`${named(stray)} needs ${CHOICE} beside it, which chooses the Cassandra engine`];
  }
  const problems: string[] = [];
  for (const key of ['data', 'drive', 'copies', 'min-copies'] as const)
    if (given(key)) problems.push(`${named(key)} and ${named(CHOICE)} both say where the store is: give one`);
  if (values[CHOICE]?.length === 0) problems.push(`${CHOICE} must name at least one node`);
  if (!given('master-key'))
    problems.push(
      `master-key is needed with ${CHOICE}: name a file that every front end has the same copy of, since it seals the secrets of all`,
    );
  return [...problems, ...regionProblems(values, given), ...accessProblems(values, given)];
}

type CassandraKey = keyof typeof CASSANDRA_SETTINGS;
const isCassandraKey = (key: string): key is CassandraKey => Object.hasOwn(CASSANDRA_SETTINGS, key);

function regionProblems(values: SettingValues, given: (key: SettingKey) => boolean): readonly string[] {
  const problems: string[] = [];
  const home = values.region ?? '';
  const centre = values['cassandra.data-centre'];
  const regions = values['cassandra.regions'];
  const names = Object.keys(regions ?? {});
  const first = regions?.[home]?.[0];
  if (!given('cassandra.data-centre') && !given('cassandra.regions')) {
    problems.push(
      'cassandra.data-centre is needed: the data centre beside this front end, as `nodetool status` shows it',
    );
  } else if (regions !== undefined && first === undefined) {
    problems.push(
      `region = "${home}" is none of [cassandra.regions], which has ${names.join(', ')}: region is the one that this front end is in`,
    );
  } else if (centre !== undefined && first !== undefined && centre !== first) {
    problems.push(
      `cassandra.data-centre = "${centre}" is not the first data centre of region ${home}, which is "${first}": all front ends use a region through its first`,
    );
  }
  const prefix = values['cassandra.keyspace-prefix'] ?? '';
  for (const region of regions === undefined ? [home] : names) {
    if (region.length > regionRoom(prefix))
      problems.push(
        `region ${region} has ${region.length} characters, and with cassandra.keyspace-prefix = "${prefix}" at most ${regionRoom(prefix)} fit into the name of a keyspace`,
      );
  }
  for (const region of Object.keys(values['cassandra.endpoints'] ?? {})) {
    if (region === home || !names.includes(region))
      problems.push(`[cassandra.endpoints] ${region} is none of the other regions of [cassandra.regions]`);
  }
  return problems;
}

function accessProblems(values: SettingValues, given: (key: SettingKey) => boolean): readonly string[] {
  const problems: string[] = [];
  const password = given('cassandra.password') || given('cassandra.password-file');
  if (given('cassandra.password') && given('cassandra.password-file'))
    problems.push('cassandra.password and cassandra.password-file are both given: give one');
  if (given('cassandra.user') !== password)
    problems.push(
      'cassandra.user and its password (MORAINE_CASSANDRA_PASSWORD or cassandra.password-file) go together: give both or neither',
    );
  if (given('cassandra.tls-certificate') !== given('cassandra.tls-key'))
    problems.push('cassandra.tls-certificate and cassandra.tls-key go together: give both or neither');
  const stray = (['cassandra.tls-ca', 'cassandra.tls-certificate'] as const).find(given);
  if (stray !== undefined && values['cassandra.tls'] !== 'on')
    problems.push(`${stray} needs cassandra.tls = "on" beside it`);
  return problems;
}

/** Of values without problems. Undefined: another engine. */
export function cassandraOf(values: SettingValues): CassandraConfig | undefined {
  const contactPoints = values[CHOICE];
  if (contactPoints === undefined) return undefined;
  const home = values.region ?? '';
  const dataCentre = values['cassandra.data-centre'] ?? values['cassandra.regions']?.[home]?.[0] ?? '';
  const regions = values['cassandra.regions'] ?? { [home]: [dataCentre] };
  return Object.freeze({
    contactPoints: Object.freeze([...contactPoints]),
    dataCentre,
    regions: Object.freeze(regions),
    prefix: values['cassandra.keyspace-prefix'] ?? '',
    user: values['cassandra.user'],
    password: values['cassandra.password'],
    passwordPath: values['cassandra.password-file'],
    tls:
      values['cassandra.tls'] === 'on'
        ? Object.freeze({
            caPath: values['cassandra.tls-ca'],
            certificatePath: values['cassandra.tls-certificate'],
            keyPath: values['cassandra.tls-key'],
          })
        : undefined,
    times: Object.freeze({
      meta: values['cassandra.request-timeout'] ?? 0,
      bulk: values['cassandra.bulk-timeout'] ?? 0,
    }),
    fewerCopies: values['cassandra.fewer-copies'] === true,
    otherRegions: values['cassandra.other-regions'] ?? 'here',
    endpoints: Object.freeze(values['cassandra.endpoints'] ?? {}),
  });
}
