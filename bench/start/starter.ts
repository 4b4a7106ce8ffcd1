import type { ComposeCluster } from '../../test/support/docker/compose-cluster.js';
import { inspect, stopContainer } from '../../test/support/docker/container.js';
import { docker } from '../../test/support/docker/docker.js';
import type { Teardown } from '../teardown.js';
import { firstAnswerOf, openFirstAnswers } from './first-answers.js';
import { type Start, type StartSteps, stepsOf } from './steps.js';

const DEADLINE_MS = 30_000;

/** Starts containers, and measures each start. */
export interface Starter {
  /** `docker start` of a bare Node server. */
  floor(): Promise<Start>;
  /** `docker compose up --scale` with so many webapps more. */
  create(count: number): Promise<readonly StartSteps[]>;
  /** `docker start` of a webapp that was stopped. */
  restart(id: string): Promise<StartSteps>;
  /** Stops and removes webapps; the one that is always there stays. */
  remove(ids: readonly string[]): Promise<void>;
}

/** The webapp that runs already is the one that is always there. */
export async function createStarter(cluster: ComposeCluster, floorPort: number, teardown: Teardown): Promise<Starter> {
  const standing = await cluster.container('webapp');
  const floor = await cluster.container('floor');
  /** What is to be removed must not be started or removed at the same time: the taking down waits for the end of it. */
  const whole = <T>(work: () => Promise<T>): Promise<T> => teardown.start(work, () => undefined);
  return {
    floor: () => whole(startFloor),
    // Not with --no-deps: to Compose a webapp without dependencies is another one, and it would make the first one anew.
    create: (count) => whole(() => served(count, () => cluster.up('--scale', `webapp=${count + 1}`, 'webapp'))),
    restart: (id) => whole(() => restart(id)),
    remove: (ids) => whole(() => remove(ids)),
  };

  async function startFloor(): Promise<Start> {
    await docker(['kill', floor]);
    const called = Date.now();
    const [answered] = await Promise.all([firstAnswerOf(floorPort, DEADLINE_MS), docker(['start', floor])]);
    return { called, container: Date.parse((await inspect(floor)).State.StartedAt), served: answered };
  }

  async function restart(id: string): Promise<StartSteps> {
    await stopContainer(id);
    await cluster.expectConverged([standing]);
    const [steps] = await served(1, () => docker(['start', id]));
    if (steps === undefined) throw new Error(`${id} was started and not seen`);
    return steps;
  }

  async function remove(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map(stopContainer));
    await docker(['rm', ...ids]);
    await cluster.expectConverged([standing]);
  }

  async function served(count: number, start: () => Promise<unknown>): Promise<StartSteps[]> {
    const answers = await openFirstAnswers(cluster.project.ports.public);
    try {
      const called = Date.now();
      const [moments] = await Promise.all([answers.of(count, new Set([standing]), DEADLINE_MS), start()]);
      return await Promise.all([...moments].map(([id, at]) => stepsOf(id, called, at)));
    } finally {
      answers.close();
    }
  }
}
