import { strict as assert } from 'node:assert';
import type { ComposeCluster } from '../support/docker/compose-cluster.js';
import { eventually } from '../support/eventually.js';
import type { Load } from '../support/load.js';
import type { Plain } from './cluster-text.js';
import { type FollowedLog, followLog } from './container-logs.js';
import { type Evidence, stateNow, whatHappened } from './evidence.js';
import { judgeLoad, type LoadFigures, loadText } from './load-text.js';
import { Names } from './names.js';
import { look, type Seen } from './seen.js';
import type { StepSummary } from './summary.js';

/** What a step may use. */
export interface StepTools {
  readonly cluster: ComposeCluster;
  /** Runs from before the step until its end. */
  readonly load: Load;
  /** Notes a command as a person types it, and what it said. */
  typed(command: string, answer?: string): void;
  /** Records containers, members, servers and config as they are now, in files named after it. */
  moment(label: string): Promise<void>;
}

export interface Step {
  /** Its folder. */
  readonly name: string;
  readonly title: string;
  /** Takes a picture of the stats page at its end. */
  readonly picture?: boolean;
  /** Removes containers, and their logs with them. */
  readonly removes?: boolean;
  /** Gives what it measured: name → value with unit. */
  run(tools: StepTools): Promise<Readonly<Record<string, string>>>;
}

/** Every member gets a good many requests after the change that the step is about. */
const CALM_REQUESTS = 600;
const IDLE_WITHIN_MS = 5_000;

/** Runs the steps of one cluster under load and collects what a person would look at after each. */
export class Recorder {
  readonly files = new Map<string, string>();
  /** Stats pages, to be made pictures of when no load runs any more. */
  readonly pages = new Map<string, string>();
  readonly steps: StepSummary[] = [];
  readonly names = new Names();
  readonly #cluster: ComposeCluster;

  constructor(cluster: ComposeCluster) {
    this.#cluster = cluster;
  }

  /** `since`: when the step began, if that was earlier. */
  async record(step: Step, since = new Date()): Promise<void> {
    const followed = step.removes ? await this.#followWebapps(since) : [];
    try {
      await this.#recordWith(followed, step, since);
    } finally {
      for (const log of followed) log.stop();
    }
  }

  async #recordWith(followed: readonly FollowedLog[], step: Step, since: Date): Promise<void> {
    const typed: string[] = [];
    const { load, figures } = await this.#underLoad(step, since, typed);
    await this.#expectIdle();
    const { containers } = await this.#look();
    const plain = this.#plain(since);
    this.#keep(step, await stateNow(this.#cluster, plain));
    this.#keep(step, await whatHappened(this.#cluster, { since, containers, followed }, plain));
    this.#keep(step, {
      'commands.txt': plain(typed.join('\n')),
      'load.txt': loadText(load, (id) => this.names.of(id)),
    });
    const { reloads } = await this.#cluster.api.status();
    const { name, title } = step;
    this.steps.push({ name, title, serving: await this.#serving(), load, reloads, figures });
  }

  async #underLoad(step: Step, since: Date, typed: string[]) {
    const hadMembers = (await this.#serving()) > 0;
    const load = await this.#cluster.load();
    const figures = await step.run(this.#toolsOf(step, load, since, typed));
    await load.more(CALM_REQUESTS);
    if (step.picture) await this.#savePage(step, since);
    const judged: LoadFigures = judgeLoad(await load.stop(), hadMembers);
    return { load: judged, figures };
  }

  #toolsOf(step: Step, load: Load, since: Date, typed: string[]): StepTools {
    return {
      cluster: this.#cluster,
      load,
      typed: (command, answer) => typed.push(`$ ${command}`, ...(answer ? [answer] : [])),
      // No new look at the containers: that takes so long that the moment would be over.
      moment: async (label) => this.#keep(step, await stateNow(this.#cluster, this.#plain(since), `-${label}`)),
    };
  }

  async #savePage(step: Step, since: Date): Promise<void> {
    await this.#look();
    const url = `http://127.0.0.1:${this.#cluster.project.ports.stats}/`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    this.pages.set(`${step.name}/stats.html`, this.#plain(since)(await answer.text()));
  }

  async #look(): Promise<Seen> {
    const seen = await look(this.#cluster);
    this.names.learn(seen);
    return seen;
  }

  #plain(since: Date): Plain {
    return (text) => this.names.plain(text, since.getTime());
  }

  #keep({ name }: Step, evidence: Evidence): void {
    for (const [file, text] of Object.entries(evidence))
      this.files.set(`${name}/${file}`, `${text.trimEnd() || '(nothing)'}\n`);
  }

  async #followWebapps(since: Date): Promise<FollowedLog[]> {
    const { containers } = await this.#look();
    return containers.filter(({ name }) => name.startsWith('webapp-')).map((one) => followLog(one, since));
  }

  /** Nobody asks any more: what is still in flight then is nobody's request. */
  async #expectIdle(): Promise<void> {
    await eventually(async () => {
      const busy = (await this.#cluster.api.members()).filter(({ server }) => (server?.inFlight ?? 0) > 0);
      assert.deepEqual(busy, [], 'requests in flight without a client');
    }, IDLE_WITHIN_MS);
  }

  async #serving(): Promise<number> {
    return (await this.#cluster.runningServers()).filter(({ up, admin }) => up && admin === 'ready').length;
  }
}
