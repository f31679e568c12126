/**
 * Which nodes a region has, and which of them keep a partition: from what the driver knows of the ring, without a question.
 *
 * A partition's token is Murmur3 of its key as the protocol writes it: the value alone, or for a key of several columns each
 * with its length before it and a zero behind it.
 */

import cassandra from 'cassandra-driver';
import { partitionTypes } from './tables.ts';
import type { Node, Replicas, Value } from './types.ts';

export function nodeOf(host: cassandra.Host): Node {
  return Object.freeze({
    id: String(host.hostId),
    address: host.address,
    dataCentre: host.datacenter,
    rack: host.rack,
    up: host.isUp(),
  });
}

/** In the order of data centre, rack and address. */
export function nodesOf(client: cassandra.Client, centres: readonly string[]): readonly Node[] {
  const place = ({ dataCentre, rack, address }: Node) => `${dataCentre}\0${rack}\0${address}`;
  // Not there before the client has connected.
  const hosts: cassandra.HostMap | null | undefined = client.hosts;
  return (hosts?.values() ?? [])
    .filter((host) => centres.includes(host.datacenter))
    .map(nodeOf)
    .sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

/** `keyspace` and `table` as in CQL, the key's values in the order of its columns. */
export function replicasOf(
  client: cassandra.Client,
  [keyspace, table]: readonly [string, string],
  key: readonly Value[],
): Replicas {
  const types = partitionTypes(table);
  const parts = types.map((type, index) => encoded(type, key[index]));
  const [only] = parts;
  const token = client.metadata.newToken(
    parts.length === 1 && only !== undefined ? only : Buffer.concat(parts.map(framed)),
  );
  const range = [...client.metadata.getTokenRanges()].find((one) => one.contains(token));
  // The driver answers null while it does not know the keyspace.
  const hosts: readonly cassandra.Host[] | null = client.metadata.getReplicas(keyspace, token);
  return Object.freeze({
    nodes: (hosts ?? []).map(nodeOf),
    range: range === undefined ? '' : `(${text(range.start)}, ${text(range.end)}]`,
  });
}

const text = (token: { getValue(): unknown }): string => String(token.getValue());

function framed(part: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(part.length);
  return Buffer.concat([length, part, Buffer.alloc(1)]);
}

/** A value as the protocol writes it. Throws TypeError when it is not of that type. */
function encoded(type: string, value: Value | undefined): Buffer {
  if (type === 'blob' && Buffer.isBuffer(value)) return value;
  if (type === 'text' && typeof value === 'string') return Buffer.from(value, 'utf8');
  if (type === 'uuid' && typeof value === 'string') return cassandra.types.Uuid.fromString(value).getBuffer();
  if (type === 'int' && typeof value === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  }
  if (type === 'bigint' && typeof value === 'bigint') {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return bytes;
  }
  throw new TypeError(`a partition key of type ${type} cannot be ${typeof value}`);
}
