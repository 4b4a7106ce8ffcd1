// No tests of its own: what real HAProxies answered, as they wrote it.

/** The columns are the same in 2.6.12, 3.0.11 and 3.2.26. */
export const STATE_HEADER =
  '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port\n';

/** One `show servers state` line per situation. */
export const STATE_LINES = {
  /** `disabled` in the file. */
  disabledInFile: '3 webapp 10001 web-1 127.0.0.1 0 5 1 1 1 1 0 0 14 0 0 1 - 9 - 0 0 - - 0',
  /** The same server after `set server … state ready`: 0x04 only tells that the file said `disabled`. */
  disabledInFileThenReady: '3 webapp 10001 web-1 127.0.0.1 2 4 1 1 0 1 0 2 6 0 0 1 - 9 - 0 0 - - 0',
  /** Down by its check, which ended in `Connection refused`. */
  down: '3 webapp 10002 web-0 127.0.0.1 0 0 1 1 1 8 2 0 6 0 0 1 - 9 - 0 0 - - 0',
  /** Added at run time, then `state drain`, then `weight 3`, moved to IPv6. */
  draining: '3 webapp 20000 web-7 fd00::1 2 8 3 2 0 1 0 2 6 0 0 1 - 12 - 0 0 - - 0',
} as const;

/** `show stat webapp 4 -1` of 2.6.12, cut after the columns that matter, with the figures of a busy server (later versions only have more of them). */
export const STATISTICS =
  '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration\n' +
  'webapp,web-0,0,0,1,1,,1,0,0,,0,,0,0,0,0,MAINT,1,1,0,1,1,1,1,,1,3,10001,,0,,2,0,,0,L7OK,200,5\n' +
  'webapp,web-1,2,3,5,7,,9,0,0,,0,,0,0,0,0,UP 1/3,1,1,0,1,1,1,1,,1,3,10002,,0,,2,0,,0,* L7TOUT,,300\n\n';

/** `show proc` on the master's socket while an old worker still has a request open. */
export const WITH_OLD_WORKER = {
  '2.6':
    '#<PID>          <type>          <reloads>       <uptime>        <version>      \n30388           master          1 [failed: 0]   0d00h00m02s     2.6.12-1+deb12u4\n# workers\n30441           worker          0               0d00h00m01s     2.6.12-1+deb12u4\n# old workers\n30395           worker          1               0d00h00m02s     2.6.12-1+deb12u4\n# programs\n\n',
  '3.0':
    '#<PID>          <type>          <reloads>       <uptime>        <version>      \n30459           master          1 [failed: 0]   0d00h00m01s     3.0.11-1+deb13u3\n# workers\n30474           worker          0               0d00h00m00s     3.0.11-1+deb13u3\n# old workers\n30461           worker          1               0d00h00m01s     3.0.11-1+deb13u3\n# programs\n\n',
  '3.2':
    '#<PID>          <type>          <reloads>       <uptime>        <version>      \n30573           master          1 [failed: 0]   0d00h00m02s     3.2.26-1       \n# workers\n30601           worker          0               0d00h00m01s     3.2.26-1       \n# old workers\n30576           worker          1               0d00h00m02s     3.2.26-1       \n\n',
} as const;

/** 3.2 after a reload that failed: the worker that still accepts connections is listed as old. */
export const AFTER_FAILED_RELOAD =
  '#<PID>          <type>          <reloads>       <uptime>        <version>      \n30573           master          2 [failed: 1]   0d00h00m03s     3.2.26-1       \n# workers\n# old workers\n30601           worker          1               0d00h00m02s     3.2.26-1       \n30576           worker          2               0d00h00m03s     3.2.26-1       \n\n';

/** `reload` on the master's socket with an unknown keyword in `global`. */
export const REFUSED_RELOAD =
  "Success=0\n--\n[NOTICE]   (30459) : haproxy version is 3.0.11-1+deb13u3\n[NOTICE]   (30459) : path to executable is /usr/sbin/haproxy\n[ALERT]    (30459) : config : parsing [/run/muster/haproxy.cfg:2] : unknown keyword 'nonsense' in 'global' section\n[ALERT]    (30459) : config : Error(s) found in configuration file : /run/muster/haproxy.cfg\n[ALERT]    (30459) : config : Fatal errors found in configuration.\n[WARNING]  (30459) : Loading failure!\n\n";
