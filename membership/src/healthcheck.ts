import { probe } from './agent/probe.js';

const TIMEOUT_MS = 2_000;

// `node healthcheck.js URL`, for a container's health check: ends with 0 when the address answers with 200-499, the rule of
// agent and balancer, else with 1; one line says why.
const [text = ''] = process.argv.slice(2);
process.exit(await check(text));

async function check(text: string): Promise<number> {
  if (!URL.canParse(text) || new URL(text).protocol !== 'http:') {
    process.stdout.write('usage: healthcheck.js http://HOST:PORT/PATH\n');
    return 1;
  }
  const { hostname, port, pathname, search } = new URL(text);
  const address = hostname.replace(/^\[|\]$/g, '');
  const endpoint = { address, port: Number(port || 80), path: pathname + search };
  const { reason } = await probe(endpoint, TIMEOUT_MS, new AbortController().signal);
  process.stdout.write(`${text}: ${reason ?? 'healthy'}\n`);
  return reason === null ? 0 : 1;
}
