import type { Intent, Member } from '@muster/membership';

/** One member beside what the balancer runs for it: a row of `muster members`. */
export interface MemberView extends Member {
  readonly service: string;
  /** In force: the operator's if there is one, else the member's own. */
  readonly weight: number;
  /** What an operator set, or null. */
  readonly operatorWeight: number | null;
  readonly server: ServerView | null;
  /** What an operator asked for, if anything. */
  readonly intent: Intent | null;
  /** True while the registry no longer lists the member, or calls it failed, and the guard keeps it all the same. */
  readonly held: boolean;
}

export interface ServerView {
  readonly admin: 'ready' | 'drain' | 'maint';
  /** The balancer's own check; `unknown` before the first one. */
  readonly health: 'up' | 'down' | 'unknown';
  /** What requests are shared by: the weight in force times the capacity, scaled; see `serverWeights`. */
  readonly weight: number;
  /** Requests open on the member, all workers together. */
  readonly inFlight: number;
}

/** What `GET /v1/status` answers. */
export interface WatcherStatus {
  readonly balancer: { readonly id: string; readonly name: string; readonly version: string; readonly workers: number };
  readonly services: readonly string[];
  /** Hash of template and settings that the balancer proves to run. */
  readonly revision: string;
  readonly registry: { readonly name: string; readonly reachable: boolean };
  /** Whether the running balancer equals the membership. */
  readonly inSync: boolean;
  /** The last failed apply or refused config, or null. */
  readonly problem: string | null;
  readonly reloads: number;
  /** BALANCE and STICKY_COOKIE as the balancer runs them: what `muster probe` holds it to. */
  readonly balance: string;
  readonly stickyCookie: string;
}

/** The watcher as the API sees it. Every call answers from the latest pass; none touches the balancer. */
export interface WatcherView {
  /** Whether the loop made a pass in the last few seconds. */
  passes(): boolean;
  status(): WatcherStatus;
  members(): readonly MemberView[];
  /** What the next pass would change and why: `runtime: add web-7, drain web-2; reload: none`. */
  plan(): { readonly text: string; readonly steps: readonly string[]; readonly reload: string | null };
}

/** What an operator may ask. Each rejects with a `MusterError`: `member-unknown`, `registry-unreachable`, … */
export interface OperatorActions {
  drain(service: string, id: string, signal: AbortSignal): Promise<void>;
  ready(service: string, id: string, signal: AbortSignal): Promise<void>;
  leave(service: string, id: string, signal: AbortSignal): Promise<void>;
  /** `null` gives the member its own weight back. */
  setWeight(service: string, id: string, weight: number | null, signal: AbortSignal): Promise<void>;
}
