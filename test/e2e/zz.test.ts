import { describeClusters } from '../support/cluster-matrix.js';
import { startLoad } from '../support/load.js';
import { eventually } from '../support/eventually.js';
import { readFileSync, writeFileSync } from 'node:fs';
for (const n of [1,2]) describeClusters('y'+n, { members: 3, app: 'echo', on: 'consul' }, (cluster) => {
  for (const fix of [false, true]) it('reloads', async function() { this.timeout(60000);
   const f = cluster().templateDir+'/haproxy.cfg.hbs';
   if (fix) { writeFileSync(f, readFileSync(f,'utf8').replaceAll('if { nbsrv eq 0 }','if { nbsrv eq 0 } !{ stopping }')); await eventually(async()=>{ if (!cluster().config().includes('stopping')) throw new Error('no'); }); await new Promise(r=>setTimeout(r,2000)); }
   const load = await startLoad({url: cluster().url});
   for (let i=0;i<8;i++) { const p=await cluster().workerPid(); writeFileSync(f, readFileSync(f,'utf8')+`\n# e ${fix} ${i}`); await eventually(async()=>{ if (await cluster().workerPid()===p) throw new Error('same'); }); }
   const r = await load.stop(); console.log(fix, r.summary()); });
});
