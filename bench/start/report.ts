import { median, summarize } from '../numbers.js';
import type { Start, StartSteps } from './steps.js';

/** On two cores, for the slowest start, from the call on. */
const PROMISE_MS = 2_000;

/** In the order in which they were measured. */
export interface Starts {
  readonly floors: readonly Start[];
  readonly restarted: readonly StartSteps[];
  readonly created: readonly StartSteps[];
}

type Step = Exclude<keyof StartSteps, 'id'>;

/** Prints the starts of one webapp in ms; true when the promise was kept. */
export function reportStarts({ floors, restarted, created }: Starts): boolean {
  const slowest = Math.max(...[...restarted, ...created].map(fromCall));
  const kept = slowest <= PROMISE_MS;
  const floor = median(floors.map(fromCall));
  const ratio = (starts: readonly Start[]) => `${(median(starts.map(fromCall)) / floor).toFixed(2)}x the floor`;
  console.log(`
one more webapp, ${floors.length} times, until its first answer    from the call       from the start of process 1
                                                   p50       max          p50       max   ms
${row('floor: docker start of a bare Node server', floors)}
${row('docker start', restarted)}    ${ratio(restarted)}
${row('docker compose up --scale', created)}    ${ratio(created)}

  where the time goes, p50                docker start    compose up
${part('call -> process 1', 'called', 'container')}
${part('-> the app is started', 'container', 'app')}
${part('-> the app is ready', 'app', 'ready')}
${part('-> the agent is started', 'ready', 'agent')}
${part('-> joined', 'agent', 'joined')}
${part('-> first answer through the balancer', 'joined', 'served')}
  promise: at most ${PROMISE_MS} ms from the call, on two cores: ${kept ? 'kept' : 'MISSED'} (slowest ${slowest.toFixed(0)} ms)`);
  return kept;

  function part(name: string, from: Step, to: Step): string {
    const columns = [restarted, created].map((starts) => median(starts.map((one) => one[to] - one[from])));
    return `  ${name.padEnd(40)}${columns.map((ms) => ms.toFixed(0).padStart(12)).join('  ')}`;
  }
}

export function reportAtOnce(count: number, runs: readonly (readonly StartSteps[])[]): void {
  const last = runs.map((starts) => starts.reduce((a, b) => (b.served > a.served ? b : a)));
  console.log(`
${count} more webapps by one \`docker compose up --scale\`, ${runs.length} times, until the last one answers
${row('the last one', last)}`);
}

function row(name: string, starts: readonly Start[]): string {
  const [call, container] = [starts.map(fromCall), starts.map((one) => one.served - one.container)].map(summarize);
  const numbers = [call?.p50, call?.max, container?.p50, container?.max].map((ms) => (ms ?? 0).toFixed(0));
  const [a = '', b = '', c = '', d = ''] = numbers;
  return `  ${name.padEnd(44)}${a.padStart(8)}${b.padStart(10)}${c.padStart(13)}${d.padStart(10)}`;
}

function fromCall({ called, served }: Start): number {
  return served - called;
}
