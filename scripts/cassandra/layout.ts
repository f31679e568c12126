/**
 * A ring on paper: which nodes it has, and each node's files and command line. Pure; `ring.ts` makes it real.
 *
 * Follows Cassandra 5.0's configuration reference (cassandra.yaml, cassandra-rackdc.properties) and the options that its
 * own start script gives Java 17. Each setting that differs from Cassandra's default says why.
 *
 * Left out: passwords and TLS. Nodes listen on loopback only, for tests and trials.
 */

/** What may be chosen of a ring's shape. */
export interface Shape {
  /** Regions, each a data centre of its own: `dc1`, `dc2`. */
  readonly regions: number;
  /** Nodes per region, each on a rack of its own. */
  readonly nodesPerRegion: number;
}

/** One node of a ring. */
export interface NodePlan {
  /** Its place in the ring, from 0. */
  readonly index: number;
  /** `dc1-rack2`. */
  readonly name: string;
  /** For clients. A loopback address of its own: region 1 has 127.0.0.1 and on, region 2 has 127.0.1.1 and on. */
  readonly address: string;
  /** For the other nodes. The same as `address`, but in a ring whose networks can be cut. */
  readonly peerAddress: string;
  /** CQL. The same on all nodes. */
  readonly port: number;
  readonly storagePort: number;
  /** For nodetool; on 127.0.0.1, so each node has its own. */
  readonly jmxPort: number;
  readonly dataCentre: string;
  readonly rack: string;
  /** Holds everything of the node: settings, data, logs. */
  readonly directory: string;
}

/** A ring's ports: a block of 20 out of 45, from 5000 on, so that several rings can run at a time. */
export interface Ports {
  readonly block: number;
  readonly cql: number;
  readonly storage: number;
  /** Held by the process that runs the ring, as a sign that the block is taken. */
  readonly mark: number;
  /** The first of one per node. */
  readonly jmx: number;
}

export const PORT_BLOCKS = 45;
/** Java's heap, MiB. */
export const HEAP_MIB = 1024;
/** What a node takes of memory in all: heap, buffers, code, threads. MiB. */
export const NODE_MIB = 1700;
export const NODES_MAX = 9;

export function portsOf(block: number): Ports {
  const first = 5000 + block * 20;
  return { block, cql: first, storage: first + 1, mark: first + 2, jmx: first + 10 };
}

/** Addresses of nodes in namespaces of their own: one network for clients and one for the nodes among themselves. */
export function isolatedAddresses(
  block: number,
  host: number,
): { readonly address: string; readonly peerAddress: string } {
  return { address: `10.213.${block}.${host}`, peerAddress: `10.214.${block}.${host}` };
}

function loopbackAddresses(region: number, place: number): { readonly address: string; readonly peerAddress: string } {
  const address = `127.0.${region}.${place}`;
  return { address, peerAddress: address };
}

/**
 * All nodes, region by region, in the order in which they start. `directory` holds one folder per node. `isolated`: each
 * with a network stack of its own, see `network.ts`; otherwise all on loopback.
 */
export function planNodes(shape: Shape, ports: Ports, directory: string, isolated = false): readonly NodePlan[] {
  const count = shape.regions * shape.nodesPerRegion;
  if (count < 1 || count > NODES_MAX) throw new RangeError(`a ring has 1 to ${NODES_MAX} nodes, not ${count}`);
  return Array.from({ length: count }, (_, index) => {
    const region = Math.floor(index / shape.nodesPerRegion);
    const place = (index % shape.nodesPerRegion) + 1;
    const [dataCentre, rack] = [`dc${region + 1}`, `rack${place}`];
    const name = `${dataCentre}-${rack}`;
    return {
      index,
      name,
      ...(isolated ? isolatedAddresses(ports.block, index + 1) : loopbackAddresses(region, place)),
      port: ports.cql,
      storagePort: ports.storage,
      jmxPort: ports.jmx + index,
      dataCentre,
      rack,
      directory: `${directory}/${name}`,
    };
  });
}

/** Where a node that comes up asks for the others: the first node of each data centre. */
export function seedsOf(nodes: readonly NodePlan[]): readonly string[] {
  return nodes.filter((node) => node.rack === 'rack1').map((node) => `${node.peerAddress}:${node.storagePort}`);
}

/** JSON strings are YAML strings. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/**
 * Acknowledged means flushed, in groups of at most this window: with `periodic` a power cut on two racks loses seconds of
 * acknowledged writes.
 */
const DURABLE = 'commitlog_sync: group\ncommitlog_sync_group_window: 10ms';
const HASTY = 'commitlog_sync: periodic\ncommitlog_sync_period: 10s';

/** Nodes that speak CQL over TLS alone and want a name and its password; the first role is `cassandra` with that password. */
export interface Security {
  /** PKCS#12, with the nodes' certificate and its key. */
  readonly keystore: string;
  readonly keystorePassword: string;
}

function securityYaml({ keystore, keystorePassword }: Security): string {
  return `
authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer
role_manager: CassandraRoleManager
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: false
  keystore: ${quoted(keystore)}
  keystore_password: ${quoted(keystorePassword)}
  store_type: PKCS12
`;
}

export interface NodeSettings {
  readonly seeds: readonly string[];
  /** False: what a killed node had acknowledged may be lost, and nothing waits for disks. */
  readonly durable: boolean;
  readonly security?: Security | undefined;
}

/** The node's cassandra.yaml. */
export function cassandraYaml(node: NodePlan, { seeds, durable, security }: NodeSettings): string {
  const folder = (name: string) => quoted(`${node.directory}/${name}`);
  return `cluster_name: moraine-trial
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
# Few, since a ring of this size is balanced anyway, and nodes join sooner.
num_tokens: 4
allocate_tokens_for_local_replication_factor: 3
endpoint_snitch: GossipingPropertyFileSnitch
# Racks are equal: a replica that answers slowly once is not avoided, and proof of a copy comes from the node that was asked.
dynamic_snitch: false
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: ${quoted(seeds.join(','))}

listen_address: ${node.peerAddress}
storage_port: ${node.storagePort}
rpc_address: ${node.address}
start_native_transport: true
native_transport_port: ${node.port}

data_file_directories:
  - ${folder('data')}
commitlog_directory: ${folder('commitlog')}
hints_directory: ${folder('hints')}
saved_caches_directory: ${folder('saved_caches')}
cdc_raw_directory: ${folder('cdc_raw')}

${durable ? DURABLE : HASTY}
# A mutation may have half of a segment.
commitlog_segment_size: 32MiB
commitlog_total_space: 512MiB

# Half the round trips of v1 for a refused condition and for a serial read.
paxos_variant: v2
# Nothing older than 5.0 is in the ring: the new formats may be written.
storage_compatibility_mode: NONE
sstable:
  selected_format: bti

# A ring for trials: dropped tables leave nothing behind, small caches, and a node with a broken disk dies, which is noticed.
auto_snapshot: false
incremental_backups: false
file_cache_size: 64MiB
networking_cache_size: 32MiB
memtable_heap_space: 256MiB
memtable_offheap_space: 128MiB
disk_failure_policy: die
commit_failure_policy: die
${security === undefined ? '' : securityYaml(security)}`;
}

export function rackProperties(node: NodePlan): string {
  return `dc=${node.dataCentre}\nrack=${node.rack}\n`;
}

/** Writes `logs/system.log` and one older file, 20 MB each. */
export function logbackXml(node: NodePlan): string {
  const file = `${node.directory}/logs/system.log`.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<configuration>
  <appender name="file" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>${file}</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.FixedWindowRollingPolicy">
      <fileNamePattern>${file}.%i</fileNamePattern>
      <minIndex>1</minIndex>
      <maxIndex>1</maxIndex>
    </rollingPolicy>
    <triggeringPolicy class="ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy">
      <maxFileSize>20MB</maxFileSize>
    </triggeringPolicy>
    <encoder>
      <pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern>
    </encoder>
  </appender>
  <root level="INFO">
    <appender-ref ref="file" />
  </root>
</configuration>
`;
}

/** What Cassandra reaches of Java's insides, as its own start script for Java 17 has it. */
const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.base/java.lang.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.unsupported/sun.misc',
];
const OPENS = [
  'java.base/java.io',
  'java.base/java.lang',
  'java.base/java.lang.module',
  'java.base/java.lang.reflect',
  'java.base/java.util',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'jdk.management/com.sun.management.internal',
];

function classPath(jars: readonly string[], node: NodePlan): string {
  return [`${node.directory}/conf`, ...jars].join(':');
}

function moduleOptions(): readonly string[] {
  return [
    ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
    ...OPENS.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
  ];
}

/** Java's arguments that run the node in the foreground. `extra` goes last and so wins. */
export function nodeArguments(node: NodePlan, jars: readonly string[], extra: readonly string[] = []): string[] {
  const jamm = jars.find((path) => /\/jamm-[^/]*\.jar$/.test(path));
  if (jamm === undefined) throw new Error("Cassandra's libraries lack jamm: remove .cache/cassandra and start again");
  return [
    `-javaagent:${jamm}`,
    ...moduleOptions(),
    `-Xms${HEAP_MIB / 2}M`,
    `-Xmx${HEAP_MIB}M`,
    `-XX:MaxDirectMemorySize=${HEAP_MIB / 2}M`,
    '-XX:+UseG1GC',
    // Chunks of up to 1 MiB are far from half a region, where they would count as humongous.
    '-XX:G1HeapRegionSize=8M',
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:+PerfDisableSharedMem',
    '-Djdk.attach.allowAttachSelf=true',
    '-Djava.net.preferIPv4Stack=true',
    '-Dio.netty.tryReflectionSetAccessible=true',
    '-Dio.netty.allocator.maxOrder=11',
    `-Djava.io.tmpdir=${node.directory}/temporary`,
    `-Dcassandra.config=file://${node.directory}/conf/cassandra.yaml`,
    `-Dcassandra.storagedir=${node.directory}`,
    `-Dcassandra.logdir=${node.directory}/logs`,
    `-Dlogback.configurationFile=${node.directory}/conf/logback.xml`,
    `-Dcassandra.jmx.local.port=${node.jmxPort}`,
    '-Djava.rmi.server.hostname=127.0.0.1',
    '-Dcassandra-foreground=yes',
    // Loopback gossips fast: no half minute of waiting for rumours before a node joins.
    '-Dcassandra.ring_delay_ms=3000',
    '-Dcassandra.skip_wait_for_gossip_to_settle=0',
    '-Dcassandra.shutdown_announce_in_ms=500',
    '-Dcassandra.superuser_setup_delay_ms=0',
    ...extra,
    '-cp',
    classPath(jars, node),
    'org.apache.cassandra.service.CassandraDaemon',
  ];
}

/** Java's arguments for `nodetool` against the node. */
export function nodetoolArguments(node: NodePlan, jars: readonly string[], command: readonly string[]): string[] {
  return [
    ...moduleOptions(),
    '-Xmx128M',
    '-XX:TieredStopAtLevel=1',
    // It keeps a history of its commands in the home directory.
    `-Duser.home=${node.directory}/temporary`,
    `-Dcassandra.storagedir=${node.directory}`,
    '-Dcom.sun.jndi.rmiURLParsing=legacy',
    `-Dlogback.configurationFile=${node.directory}/conf/logback-tools.xml`,
    '-cp',
    classPath(jars, node),
    'org.apache.cassandra.tools.NodeTool',
    ...['-h', '127.0.0.1', '-p', String(node.jmxPort), ...command],
  ];
}

/** Nothing of nodetool's log goes into the node's. */
export const TOOLS_LOGBACK = '<configuration><root level="OFF" /></configuration>\n';

/** A moraine.toml that makes Moraine use the ring. */
export function configurationBlock(nodes: readonly NodePlan[]): string {
  const centres = [...new Set(nodes.map((node) => node.dataCentre))];
  const near = nodes.filter((node) => node.dataCentre === centres[0]);
  const regions = centres.map((name, index) => `region-${index + 1} = ["${name}"]`);
  const several = centres.length > 1;
  return [
    ...(several ? ['region = "region-1"'] : []),
    'master-key = "master.key"',
    '',
    '[cassandra]',
    `contact-points = [${near.map((node) => `"${node.address}:${node.port}"`).join(', ')}]`,
    `data-centre = "${centres[0] ?? ''}"`,
    // Fewer nodes than copies: only a trial may do without.
    ...(near.length < 3 ? ['fewer-copies = "i-accept-data-loss"'] : []),
    ...(several ? ['', '[cassandra.regions]', ...regions] : []),
  ].join('\n');
}
