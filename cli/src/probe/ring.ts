import type { Strategy } from './strategy.js';

/**
 * Points that one unit of weight has on the ring by which a balancer hashes or draws. HAProxy: BE_WEIGHT_SCALE = 16
 * (src/lb_chash.c; `random` draws on that ring as well). NGINX: 160 (`hash … consistent`); its `random` draws by weight.
 * One that is not known is taken for HAProxy, which has the fewest points and so promises least.
 */
const POINTS = { haproxy: 16, nginx: 160 } as const;

/** Points on the ring of all weights together; null where the strategy needs no ring. */
export function ringPoints(strategy: Strategy, balancer: string | null, totalWeight: number): number | null {
  if (strategy === 'random' && balancer === 'nginx') return null;
  return totalWeight * (balancer === 'nginx' ? POINTS.nginx : POINTS.haproxy);
}
