import type { AppContext } from "./context.ts";

/**
 * Who the throttle counts: an IPv4 address or an IPv6 /64, which is what one customer of a provider has. Only the header
 * that Cloudflare sets itself is believed; without it (on this machine) all callers are one.
 */
export function clientAddress(c: AppContext): string {
  const address = c.req.header("cf-connecting-ip")?.trim().toLowerCase();
  return address === undefined || address === "" ? "unknown" : networkOf(address);
}

export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const last = tail === "" ? [] : tail.split(":");
    while (groups.length + last.length < 8) groups.push("0");
    groups.push(...last);
  }
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(":")}::/64`;
}
