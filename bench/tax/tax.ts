export async function benchTax(): Promise<boolean> {
  return true;
}
