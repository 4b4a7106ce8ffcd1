import { addressPolicy } from '../address-policy.js';
import { MusterError } from '../errors.js';
import { freezeDeep } from '../freeze.js';
import { isHostName, type OwnAddressOptions, ownAddressOf } from '../own-address.js';
import type { AgentConfig } from './config.js';

/**
 * The configuration with an IP address: a name becomes the one of its addresses that is ours.
 * @throws MusterError `config-invalid`, also when no watcher would take that address.
 */
export async function resolveAddress(config: AgentConfig, options: OwnAddressOptions = {}): Promise<AgentConfig> {
  const { self, probe } = config;
  if (!isHostName(self.address)) return config;
  const found = await ownAddressOf('MEMBER_ADDRESS', self.address, options);
  const verdict = addressPolicy(config.registry.memberCidrs, []).check(found, self.port);
  if ('refused' in verdict) {
    throw new MusterError('config-invalid', `MEMBER_ADDRESS: ${self.address} is ${found}: ${verdict.refused}`);
  }
  const { address } = verdict;
  const endpoint = { ...probe.endpoint, address };
  return freezeDeep({ ...config, self: { ...self, address }, probe: { ...probe, endpoint } });
}
