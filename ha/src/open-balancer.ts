import { type Env, errorMessage } from '@muster/membership';
import type { HaConfig } from './config.js';
import type { Balancer, OpenBalancer } from './drivers/balancer.js';
import { openHaproxy } from './drivers/haproxy/balancer.js';
import { openNginx } from './drivers/nginx/balancer.js';
import { checkSurroundings, parseSettings } from './settings.js';
import { readStickyKey } from './sticky-key.js';

/** What `main.js doctor` prints as JSON. */
export interface Examination {
  readonly report: readonly string[];
  readonly warnings: readonly string[];
  /** Why this balancer refuses the settings of the environment, or null. */
  readonly problem: string | null;
}

const BALANCERS: Readonly<Record<HaConfig['balancer'], OpenBalancer>> = { haproxy: openHaproxy, nginx: openNginx };

/**
 * What the program that `BALANCER` names is and can do, for `muster doctor`: nothing is written. Rejects as `openBalancer` does.
 */
export async function examineBalancer(config: HaConfig, env: Env): Promise<Examination> {
  const { report, warnings, dialect } = await BALANCERS[config.balancer](config, '');
  const problem = whyRefused(() => {
    const settings = parseSettings(env, '', '');
    checkSurroundings(settings, config);
    dialect.settingsModel(settings);
  });
  return { report, warnings, problem };
}

function whyRefused(check: () => void): string | null {
  try {
    check();
    return null;
  } catch (error) {
    return errorMessage(error);
  }
}

/** The balancer that `BALANCER` names. Rejects when its program is missing or too old. */
export async function openBalancer(config: HaConfig): Promise<Balancer> {
  return BALANCERS[config.balancer](config, await readStickyKey(config));
}
