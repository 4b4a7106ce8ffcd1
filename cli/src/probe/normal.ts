/** A normal variable is so many deviations above its mean, or more, once in a thousand times: its 0.999 quantile. */
export const ABOVE_ONCE_IN_A_THOUSAND = 3.09;

/** It is so many deviations away from its mean, above or below, once in a thousand times: its 0.9995 quantile. */
export const AWAY_ONCE_IN_A_THOUSAND = 3.29;
