import { perSecond } from '../../../cli/src/probe/result.js';
import { PART } from './churn.js';
import type { Resets } from './resets.js';
import { failedOf, latencyMs, type Result, type SituationName } from './result.js';
import { SLOW_MEMBER, SLOW_MS } from './situations.js';
import { BALANCES } from './strategy-list.js';

export interface MadeWith {
  /** `HAProxy 3.2.26`, `NGINX 1.30.6`. */
  readonly balancers: readonly string[];
  readonly cores: number;
  readonly loadBefore: string;
}

const SITUATIONS: readonly (readonly [name: SituationName, title: string, about: string])[] = [
  ['equal', 'Three equal members', 'w1, w2 and w3, 10,000 requests.'],
  [
    'slow',
    'One slow member',
    `w2 answers ${SLOW_MS} ms later (\`POST /delay\`), 3,000 requests for the home page: fewer, because a strategy that goes on
sending a slow member its share waits for it. \`uri\` is not here: the webapp has one page that can be slow, and all of
that page's requests would go to one member.`,
  ],
  [
    'weights',
    'Weights 1, 2 and 4',
    '`muster weight` gives them to w1, w2 and w3 while the balancer runs, 10,000 requests. A sticky client comes to a member by\nround robin, `source` and `uri` share as `header` does, and `first` knows no weight.',
  ],
  [
    'churn',
    'A join and a drain',
    `Under load w4 joins, then \`muster drain w2\`, then w2 is ready again and w4 stops as on \`docker stop\`; shares of ${PART} requests
before → with w4 → without w2.`,
  ],
];

/** The page that compares them; its tables and pictures are of the last run. */
export function readmeText(results: readonly Result[], resets: readonly Resets[], made: MadeWith): string {
  return `# Balancing strategies beside one another

Written by \`npm run scenarios -- balancing\`: do not edit. ${made.balancers.join(', ')}; ${made.cores} cores shared by clients,
balancer and webapps, load average before: ${made.loadBefore}. What each strategy is and promises: [docs/balancing.md](../../docs/balancing.md).

Half of the clients keep their connections, half open a new one for each request: 16 in all, 32 for \`source\` and \`sticky\`,
which decide by client. A reset connection counts as failed. "Promises" are judged as \`muster probe\` does. Latencies and rates
are of this machine and what else it did: compare rows, and not with other machines.

${SITUATIONS.map(([name, title, about]) => situationText(name, title, about, results)).join('\n')}
## What a reload costs clients that keep their connections

${table(
  ['balancer', 'reloads', 'requests', 'failed', 'failed per reload'],
  resets.map(({ balancer, version, reloads, requests, failed }) => [
    `${balancer} ${version}`,
    ...[reloads, requests, failed].map(String),
    (failed / Math.max(1, reloads)).toFixed(1),
  ]),
)}

16 clients, all of them keep-alive, none sends a request twice. HAProxy reloads for templates and settings only; for NGINX
every join, leave and weight is one. Before 1.27.4 NGINX cannot keep idle connections of clients over a reload.

## Which one to choose

- **Members that are alike, requests that are short**: \`roundrobin\`, the default. Its shares are exact, and it is the one to give
  weights to members of different size.
- **Requests that differ much, or members that may be slow**: \`leastconn\`. See "One slow member": whoever does not answer has
  requests open, and gets few others${fewerText(results)}.
- **Several balancers in front of the same members**: \`random\`, of two. Balancers that know nothing of one another do not all
  choose the same member, and still the less busy of two gets the request.
- **Clients whose state is in one member**: \`sticky\`, where cookies are kept. Shares are by client and not by request.
- **Caches in the members**: \`uri\` for what is in the path, \`header:NAME\` for a tenant or user. A join moves its share of the keys
  and no others. One key that is asked for more than all others has one member all the same.
- **State by client, without cookies**: \`source\`. All clients behind one proxy are one client.
- **As few members as possible**: \`first\`, with SERVER_MAXCONN, so that a scaler may take the others away. HAProxy only.
`;
}

function situationText(name: SituationName, title: string, about: string, results: readonly Result[]): string {
  const rows = BALANCES.flatMap((balance) =>
    results.filter((one) => one.situation === name && one.shown.balance === balance).map(rowOf),
  );
  const head = ['strategy', 'balancer', 'shares, %', 'p50 / p99, ms', 'requests', 'per s', 'failed', 'promises', ''];
  return `## ${title}\n\n${about}\n\n${table(head, rows)}\n`;
}

function rowOf(result: Result): string[] {
  const { shown, balancer, records, notes, verdicts, situation } = result;
  const shares = result.figures.map(({ member, share }) => `${member} ${(share * 100).toFixed(1)}`).join(', ');
  const broken = verdicts.filter(({ outcome }) => outcome === 'broken');
  const kept = verdicts.filter(({ outcome }) => outcome === 'kept').length;
  const said = situation === 'churn' ? notes : [shares, ...notes];
  return [
    `\`${shown.balance}\``,
    balancer,
    said.join('; '),
    `${latencyMs(result, 0.5).toFixed(1)} / ${latencyMs(result, 0.99).toFixed(1)}`,
    String(records.length),
    perSecond(result).toFixed(0),
    String(failedOf(result)),
    broken.length === 0
      ? `${kept} kept`
      : `BROKEN: ${broken.map(({ promise, seen }) => `${promise}: ${seen}`).join('; ')}`,
    `[plot](${plotName(result)})`,
  ];
}

/** The same names in each run. */
export function plotName({ situation, balancer, shown }: Pick<Result, 'situation' | 'balancer' | 'shown'>): string {
  return `${situation}-${balancer}-${shown.balance.replace(':', '-').toLowerCase()}.svg`;
}

/** What share the slow member got. */
function fewerText(results: readonly Result[]): string {
  const slow = (balance: string) => {
    const found = results.find((one) => one.situation === 'slow' && one.shown.balance === balance);
    return found?.figures.find(({ member }) => member === SLOW_MEMBER)?.share;
  };
  const [least, round] = [slow('leastconn'), slow('roundrobin')];
  if (least === undefined || round === undefined) return '';
  const text = (share: number) => `${(share * 100).toFixed(0)} %`;
  return ` (here ${text(least)} of the requests, not the ${text(round)} of \`roundrobin\`)`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
