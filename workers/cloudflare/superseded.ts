/** Whether an error says that newer code has taken this isolate's place: then it must decide nothing any more. */
export function isSuperseded(error: unknown): boolean {
  const text = String(error);
  return text.includes("reset because its code was updated") || text.includes("This script has been upgraded");
}
