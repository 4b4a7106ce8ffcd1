/** Long forms of the scenarios, and the assertions about time, which mean nothing on a busy machine. */
export const FULL = process.env.MUSTER_FULL === '1';
