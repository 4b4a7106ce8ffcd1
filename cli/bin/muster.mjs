#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  process.stderr.write('muster: not built yet. Run `npm start` once, or `npm ci && npm run build`.\n');
  process.exit(1);
}
await import(main.href);
