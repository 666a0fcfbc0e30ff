/**
 * htmx attributes as typed properties. JSX cannot spell `hx-status:422`, and what needs `eval` under our policy
 * (`hx-on`, `js:` values, trigger filters) has no property here, so it cannot be written.
 */
export interface HxOptions {
  readonly get?: string;
  readonly post?: string;
  readonly target?: string;
  readonly swap?:
    | "innerHTML"
    | "outerHTML"
    | "innerMorph"
    | "outerMorph"
    | "beforeend"
    | "none"
    | "outerMorph show:none";
  readonly trigger?: string;
  readonly sync?: "this:drop" | "this:replace" | "closest form:replace";
  readonly select?: string;
  readonly include?: string;
  readonly disable?: "this" | "find button";
  readonly ptag?: string;
  readonly preload?: boolean;
  readonly status?: Readonly<Record<number | "4xx" | "5xx", string>>;
}

const names: Readonly<Record<Exclude<keyof HxOptions, "status" | "preload">, string>> = {
  get: "hx-get",
  post: "hx-post",
  target: "hx-target",
  swap: "hx-swap",
  trigger: "hx-trigger",
  sync: "hx-sync",
  select: "hx-select",
  include: "hx-include",
  disable: "hx-disable",
  ptag: "hx-ptag",
};

export function hx(options: HxOptions): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [key, name] of Object.entries(names)) {
    const value = options[key as keyof typeof names];
    if (value !== undefined) attributes[name] = String(value);
  }
  for (const [status, rule] of Object.entries(options.status ?? {})) attributes[`hx-status:${status}`] = rule;
  if (options.preload) attributes["hx-preload"] = "";
  return attributes;
}

/**
 * A region that asks for its own news: every 2 s while something runs, every 15 s otherwise, and when the socket of its DAG,
 * if it has one, says that there are some.
 */
export function live(
  url: string,
  options: { readonly isActive: boolean; readonly ptag?: string; readonly socket?: string | null },
): Record<string, string> {
  return {
    ...hx({ get: url, trigger: "poll", swap: "outerMorph", target: "this", sync: "this:drop" }),
    ...(options.ptag === undefined ? {} : { "hx-ptag": options.ptag }),
    ...(options.socket != null && options.isActive ? { "data-live-socket": options.socket } : {}),
    "data-live": options.isActive ? "2" : "15",
  };
}
