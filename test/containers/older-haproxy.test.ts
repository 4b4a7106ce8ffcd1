import { describeCompose } from '../support/docker/compose-suite.js';
import { docker } from '../support/docker/docker.js';
import { requireEngine } from '../support/docker/engine.js';
import { Project, RUN } from '../support/docker/project.js';
import { FULL } from '../support/full.js';

/** HAProxy 3.0 of Debian 13; the other suites run 3.2. */
const env = {
  HAPROXY_IMAGE: process.env.MUSTER_OFFICIAL_IMAGES === '1' ? 'haproxy:3.0' : 'muster-ci/haproxy:3.0',
  HA_IMAGE: `${RUN}-ha-3.0`,
};

// In the long form only: the native suites run HAProxy 3.0 each time.
if (FULL)
  describe('the ha image on HAProxy 3.0 [containers]', () => {
    before(async function () {
      this.timeout(600_000);
      await requireEngine(this);
      await (await Project.of(env)).compose(['build', 'ha'], { deadlineMs: 600_000 });
    });
    after(() => docker(['image', 'rm', '--force', env.HA_IMAGE]).catch(() => undefined));

    describeCompose('scaling 1 → 3 → 1', { webapps: 1, env }, (cluster) => {
      it('loses no request', async () => {
        const load = await cluster().load();
        for (const count of [3, 1]) {
          await cluster().scale(count);
          await load.more(200);
        }
        (await load.stop()).assertNoneFailed();
      });
    });
  });
