import type { Child } from "hono/jsx";
import { ASSETS } from "#assets";

/** What some pages load besides the common styles; see VIEW_SHEETS in workers/node/assets.ts. */
export type ViewSheet = Exclude<SheetName<keyof typeof ASSETS>, "app">;
type SheetName<File> = File extends `${infer Name}.css` ? Name : never;

/** In the page itself: browsers ask for an icon on each first visit, and it is smaller than the question. */
const FAVICON = `data:image/svg+xml,${encodeURIComponent(
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f57c3"/><g fill="none" stroke="#fff" stroke-width="3.2" stroke-linecap="round" stroke-linejoin="round"><path d="m9 16 7-7 7 7"/><path d="m9 24 7-7 7 7" opacity=".6"/></g></svg>`,
)}`;

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** In capitals, because Hono keeps `blocking` for itself; to HTML it is the same. */
const BLOCKING = { BLOCKING: "render" };

/** The bare document. htmx is one blocking file on purpose; see workers/node/assets.ts. */
export function Document(props: {
  readonly title: string;
  readonly theme: Theme;
  readonly now: number;
  readonly isCompact?: boolean;
  readonly hasKeys?: boolean;
  readonly sheet?: ViewSheet | undefined;
  /** The id of its last element: browsers that can wait for it paint no table whose columns later rows would move. */
  readonly lastId?: string;
  readonly children: Child;
}) {
  return (
    <html
      lang="en"
      data-theme={props.theme === "system" ? undefined : props.theme}
      data-density={props.isCompact ? "compact" : undefined}
      data-keys={props.hasKeys ? "on" : undefined}
      data-now={String(props.now)}
    >
      <head>
        <meta charset="utf-8" />
        <title>{props.title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        {props.lastId !== undefined && <link rel="expect" href={`#${props.lastId}`} {...BLOCKING} />}
        <link rel="icon" href={FAVICON} type="image/svg+xml" />
        <link rel="stylesheet" href={ASSETS["app.css"]} />
        {props.sheet !== undefined && <link rel="stylesheet" href={ASSETS[`${props.sheet}.css`]} />}
        <script src={ASSETS["htmx.js"]} />
        <script src={ASSETS["app.js"]} defer />
      </head>
      <body>{props.children}</body>
    </html>
  );
}
