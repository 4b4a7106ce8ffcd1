import { hostname } from 'node:os';
import { DEFAULTS } from '../agent/defaults.js';
import { parseConsulAddress } from '../consul/address.js';
import type { Env } from '../env.js';
import { errorMessage } from '../errors.js';
import { firstOwnAddress, isHostName, ownAddressOf } from '../own-address.js';
import { type ClaimRegistry, claimPlace } from './claim.js';

const DEADLINE_MS = 1_000;

// `node claim/main.js`, before the app of a container is started: see `claimPlace`. It always ends with 0, because nothing
// depends on it; what is wrong with the settings is the agent's to say. It imports next to nothing, so that it takes a
// fraction of the agent's own start.
process.exit(await claim(process.env));

async function claim(env: Env): Promise<0> {
  try {
    const place = {
      service: env.SERVICE || DEFAULTS.service,
      id: env.MEMBER_ID || hostname(),
      address: await addressOf(env.MEMBER_ADDRESS || firstOwnAddress() || ''),
      port: Number(env.PORT || DEFAULTS.port),
    };
    const registry = registryOf(env);
    const rivals = registry ? await claimPlace(registry, place, DEADLINE_MS) : [];
    if (rivals.length > 0) say('entries of others at our address removed', { ...place, rivals });
  } catch (thrown) {
    say('address not claimed', { error: errorMessage(thrown) });
  }
  return 0;
}

async function addressOf(text: string): Promise<string> {
  return isHostName(text) ? ownAddressOf('MEMBER_ADDRESS', text) : text;
}

function registryOf(env: Env): ClaimRegistry | null {
  if (env.CONSUL_HTTP_ADDR && env.REGISTRY !== 'file')
    return { consul: { address: parseConsulAddress(env.CONSUL_HTTP_ADDR), token: env.CONSUL_HTTP_TOKEN || null } };
  return env.REGISTRY_DIR ? { dir: env.REGISTRY_DIR } : null;
}

/** One line like the agent's. */
function say(msg: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(
    `${JSON.stringify({ level: 30, time: new Date().toISOString(), name: 'claim', ...fields, msg })}\n`,
  );
}
