import { strict as assert } from 'node:assert';
import { eachBalancer } from './each-balancer.js';

describe('the balancers of a test', () => {
  const { CI } = process.env;
  const setCi = (value: string | undefined) => {
    if (value === undefined) delete process.env.CI;
    else process.env.CI = value;
  };
  const none = () => [];

  afterEach(() => setCi(CI));

  it('are a fault in CI when there are none, or a file of such tests would be green and empty', () => {
    setCi('true');
    assert.throws(() => eachBalancer(none), /no balancer was found/);
  });

  it('may be none elsewhere', () => {
    setCi(undefined);
    assert.deepEqual(eachBalancer(none), []);
  });
});
