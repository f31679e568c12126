/**
 * The one policy of Trusted Types. One kind of text may reach a sink: the addresses of our own workers. Browsers without Trusted
 * Types get it as it is.
 */

interface Rules {
  readonly createScriptURL: (text: string) => string;
}

declare global {
  interface Window {
    /** The types are opaque; to the sinks' declarations they are strings. */
    readonly trustedTypes?: { createPolicy(name: string, rules: Rules): Rules };
  }
}

export interface Trust {
  readonly worker: (address: string) => string;
}

/** Once: the policy's name cannot be taken twice. */
export function createTrust(): Trust {
  const rules: Rules = {
    createScriptURL: (address) => {
      if (new URL(address, window.location.href).origin !== window.location.origin)
        throw new Error('a worker of somebody else');
      return address;
    },
  };
  const policy = window.trustedTypes?.createPolicy('moraine', rules) ?? rules;
  return Object.freeze({
    worker: (address: string) => policy.createScriptURL(address),
  });
}
