import { isHostName, type OwnAddressOptions, ownAddressOf } from '@muster/membership';
import type { HaConfig } from './config.js';
import { type Endpoint, formatEndpoint, isEverywhere, parseEndpoint } from './endpoint.js';

/**
 * The configuration with IP addresses only: each host name of BIND, STATS_BIND and API_BIND becomes the one of its
 * addresses that is ours, because HAProxy's config, its check and the test of new addresses want literals. Clients may
 * call the API by the name and by the address that it listens on: a page of another site can have neither for its own.
 * @throws MusterError `config-invalid`.
 */
export async function withOwnAddresses(config: HaConfig, options: OwnAddressOptions = {}): Promise<HaConfig> {
  const [apiBind, statsBind, ...binds] = await Promise.all([
    literal('API_BIND', config.apiBind, options),
    literalText('STATS_BIND', config.statsBind, options),
    ...config.binds.map((bind) => literalText('BIND', bind, options)),
  ]);
  const own = isEverywhere(config.apiBind) ? [] : [config.apiBind.address, apiBind.address];
  return Object.freeze({ ...config, binds, statsBind, apiBind, apiHosts: [...new Set([...config.apiHosts, ...own])] });
}

async function literal(setting: string, endpoint: Endpoint, options: OwnAddressOptions): Promise<Endpoint> {
  if (!isHostName(endpoint.address)) return endpoint;
  return { ...endpoint, address: await ownAddressOf(setting, endpoint.address, options) };
}

async function literalText(setting: string, text: string, options: OwnAddressOptions): Promise<string> {
  const endpoint = parseEndpoint(text);
  if (endpoint === null || !isHostName(endpoint.address)) return text;
  return formatEndpoint(await literal(setting, endpoint, options));
}
