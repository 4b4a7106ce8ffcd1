/** Where a cluster listens unless somebody says otherwise, or something else does already. */
export const DEFAULT_PORTS = { public: 8080, stats: 8404, api: 7380 } as const;
