/**
 * The one policy of Trusted Types. Two kinds of text may reach a sink: XML that `DOMParser` reads, whose document is never shown, and
 * the addresses of our own workers. Browsers without Trusted Types get the text as it is.
 */

interface Rules {
  readonly createHTML: (text: string) => string;
  readonly createScriptURL: (text: string) => string;
}

declare global {
  interface Window {
    /** The types are opaque; to the sinks' declarations they are strings. */
    readonly trustedTypes?: { createPolicy(name: string, rules: Rules): Rules };
  }
}

export interface Trust {
  readonly xml: (text: string) => string;
  readonly worker: (address: string) => string;
}

/** Once: the policy's name cannot be taken twice. */
export function createTrust(): Trust {
  const rules: Rules = {
    createHTML: (text) => text,
    createScriptURL: (address) => {
      if (new URL(address, window.location.href).origin !== window.location.origin)
        throw new Error('a worker of somebody else');
      return address;
    },
  };
  const policy = window.trustedTypes?.createPolicy('moraine', rules) ?? rules;
  return Object.freeze({
    xml: (text: string) => policy.createHTML(text),
    worker: (address: string) => policy.createScriptURL(address),
  });
}
