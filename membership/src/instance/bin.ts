import { runInstance } from './main.js';

process.exit(await runInstance(process.env));
