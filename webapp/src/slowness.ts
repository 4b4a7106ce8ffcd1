/** How slow this node pretends to be: the one thing that it remembers between requests. */
export interface Slowness {
  /** Wait before each answer of `GET /`, in milliseconds; 0 is normal. */
  delayMs: number;
}
