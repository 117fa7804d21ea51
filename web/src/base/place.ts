// What stands before the path of each page and each call: empty, or such as `/dangol`. The gateway writes it into the page.
export const BASE = globalThis.document?.documentElement.dataset.base ?? "";

// Several suites may share an origin, and with it what a browser keeps by name.
export function keptAs(name: string): string {
  return name + BASE;
}
