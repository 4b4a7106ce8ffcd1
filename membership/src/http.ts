/**
 * Node's `http` and `https`, without `import`: that reads every export, and among those of Node 22 and later is a
 * WebSocket whose making takes 40 ms. An agent starts with each member, a health check every few seconds.
 */
export const http = process.getBuiltinModule('node:http');
export const https = process.getBuiltinModule('node:https');
