import { runAgent } from './main.js';

// `node bin.js` beside an app, `node bin.js -- node my-app.js` around it.
const [separator, ...command] = process.argv.slice(2);
if (separator !== undefined && separator !== '--') {
  process.stderr.write(`muster agent: unknown argument "${separator}": put the command of the app after "--"\n`);
  process.exit(1);
}
process.exit(await runAgent({ env: process.env, command }));
