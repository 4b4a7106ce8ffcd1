/**
 * Which balancer a `muster up` with these arguments runs, so that only that one is installed.
 * @param {readonly string[]} args what follows `up`; what stands behind `--` belongs to the user's own app
 * @param {NodeJS.ProcessEnv} env
 * @returns {'haproxy' | 'nginx' | undefined} undefined when none is needed: for help, and for a name that is refused later
 */
export function chosenBalancer(args, env) {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  if (own.includes('--help') || own.includes('-h')) return undefined;
  const name = lastValue('--balancer', own) ?? (env.BALANCER || 'haproxy');
  return name === 'haproxy' || name === 'nginx' ? name : undefined;
}

/**
 * The value of an option, in both ways to write it; the last one counts.
 * @param {string} option
 * @param {readonly string[]} args
 */
function lastValue(option, args) {
  const values = args.flatMap((arg, index) => {
    if (arg.startsWith(`${option}=`)) return [arg.slice(option.length + 1)];
    return arg === option ? [args[index + 1] ?? ''] : [];
  });
  return values.at(-1);
}
