import { inspect, stopContainer } from '../../test/support/docker/container.js';
import { docker } from '../../test/support/docker/docker.js';
import type { Containers } from '../containers/containers.js';
import { firstAnswerOf, openFirstAnswers } from './first-answers.js';
import { type StartSteps, stepsOf } from './steps.js';

const DEADLINE_MS = 30_000;

/** From where on a start is counted, and its end; epoch ms. */
export interface Start {
  readonly called: number;
  readonly container: number;
  readonly served: number;
}

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

export async function createStarter({ cluster, standing }: Containers, floorPort: number): Promise<Starter> {
  const known = new Set([standing]);
  const floorId = await cluster.container('floor');

  return {
    async floor() {
      await docker(['kill', floorId]);
      const called = Date.now();
      const [served] = await Promise.all([firstAnswerOf(floorPort, DEADLINE_MS), docker(['start', floorId])]);
      return { called, container: Date.parse((await inspect(floorId)).State.StartedAt), served };
    },
    // Not with --no-deps: to Compose a webapp without dependencies is another one, and it would make the first one anew.
    create: (count) => served(count, () => cluster.up('--scale', `webapp=${count + 1}`, 'webapp')),
    async restart(id) {
      await stopContainer(id);
      await cluster.expectConverged([standing]);
      const [steps] = await served(1, () => docker(['start', id]));
      if (steps === undefined) throw new Error(`${id} was started and not seen`);
      return steps;
    },
    async remove(ids) {
      await Promise.all(ids.map(stopContainer));
      await docker(['rm', ...ids]);
      await cluster.expectConverged([standing]);
    },
  };

  async function served(count: number, start: () => Promise<unknown>): Promise<StartSteps[]> {
    const answers = await openFirstAnswers(cluster.project.ports.public);
    try {
      const called = Date.now();
      const [moments] = await Promise.all([answers.of(count, known, DEADLINE_MS), start()]);
      return await Promise.all([...moments].map(([id, at]) => stepsOf(id, called, at)));
    } finally {
      answers.close();
    }
  }
}
