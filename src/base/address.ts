/** Addresses to listen on: `127.0.0.1:9000`, `[::1]:9000`, `localhost:9000`, and `:9000` for all interfaces. */

export interface Address {
  /** Undefined: every interface, IPv4 and IPv6. */
  readonly host: string | undefined;
  /** 0: any free port. */
  readonly port: number;
}

const ADDRESS = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9.-]{1,253})|\*)?:([0-9]{1,5})$/;

/** Undefined when the text is no `HOST:PORT`. */
export function parseAddress(text: string): Address | undefined {
  const match = ADDRESS.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > 65_535 ? undefined : Object.freeze({ host: match[1] ?? match[2], port });
}

export function formatAddress(address: Address): string {
  const { host, port } = address;
  if (host === undefined) return `:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
