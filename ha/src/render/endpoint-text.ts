/** `10.0.0.1:3000`, `[fd00::1]:3000`: address and port as both balancers write them. */
export function endpointText({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
