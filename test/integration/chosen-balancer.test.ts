import { strict as assert } from 'node:assert';
import { chosenBalancer } from '../../cli/bootstrap/chosen-balancer.mjs';

describe('the balancer that `npm start` installs', () => {
  const cases: readonly [string, string[], Record<string, string>, 'haproxy' | 'nginx' | undefined][] = [
    ['is HAProxy when nothing is said', ['--scale', '2'], {}, 'haproxy'],
    ['is the one of the option', ['--balancer', 'nginx'], {}, 'nginx'],
    ['is the one of the option written with =', ['--balancer=nginx'], {}, 'nginx'],
    ['is the one of the setting', [], { BALANCER: 'nginx' }, 'nginx'],
    ['is HAProxy when the setting is empty', [], { BALANCER: '' }, 'haproxy'],
    [
      'is the one of the option rather than of the setting',
      ['--balancer', 'haproxy'],
      { BALANCER: 'nginx' },
      'haproxy',
    ],
    ['is the last one of two', ['--balancer=nginx', '--balancer', 'haproxy'], {}, 'haproxy'],
    ["is not what the user's own app is told", ['--', 'app', '--balancer', 'nginx', '--help'], {}, 'haproxy'],
    ['is none for a name that is refused later', ['--balancer', 'apache'], {}, undefined],
    ['is none for help', ['--balancer', 'nginx', '--help'], {}, undefined],
  ];
  for (const [says, args, env, balancer] of cases) it(says, () => assert.equal(chosenBalancer(args, env), balancer));
});
