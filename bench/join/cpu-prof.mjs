// Preloaded into the watcher for `--cpu-prof`: Node 20 does not take that flag in NODE_OPTIONS.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { join } from 'node:path';

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 100 });
session.post('Profiler.start');
process.once('exit', () => {
  // Called back synchronously, so that it works in the last moment of a process.
  session.post('Profiler.stop', (_error, result) => {
    const file = join(process.env.BENCH_PROFILE_DIR ?? '.', `watcher-${process.pid}.cpuprofile`);
    if (result) writeFileSync(file, JSON.stringify(result.profile));
  });
});
