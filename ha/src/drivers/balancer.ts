import type { Logger } from '@muster/membership';
import type { HaConfig } from '../config.js';
import type { Dialect } from '../render/dialect.js';
import type { ConfigFile } from './config-file.js';
import type { BalancerDriver } from './driver.js';

/** One balancer's program and files, as `prepare` and the watcher need them. */
export interface Balancer {
  readonly dialect: Dialect;
  readonly file: ConfigFile;
  /** The unix socket on which the running process answers. */
  readonly socket: string;
  /** What this version can do and which way is taken, a line each, for `muster doctor`. */
  readonly report: readonly string[];
  /** What this version does worse than a later one, with the version that does not. */
  readonly warnings: readonly string[];
  /** `onHealth` is called when a check of the driver's own has changed its mind. */
  openDriver(options: { readonly logger: Logger; readonly onHealth: () => void }): BalancerDriver;
}

/** Looks at the program. Rejects when it is missing or too old. */
export type OpenBalancer = (config: HaConfig, stickyKey: string) => Promise<Balancer>;
