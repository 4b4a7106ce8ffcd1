/** The defaults that the claim of an address needs too: see `claim/main.ts`. */
export const DEFAULTS = { service: 'webapp', port: 3000 } as const;
