/** Which balancer a `muster up` with these arguments runs; undefined when none is needed or the name is unknown. */
export function chosenBalancer(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): 'haproxy' | 'nginx' | undefined;
