import type { Child } from "hono/jsx";
import { ASSETS } from "#assets";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** The bare document. htmx is one blocking file on purpose; see workers/node/assets.ts. */
export function Document(props: {
  readonly title: string;
  readonly theme: Theme;
  readonly now: number;
  readonly isCompact?: boolean;
  readonly hasKeys?: boolean;
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
        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href={ASSETS["app.css"]} />
        <script src={ASSETS["htmx.js"]} />
        <script src={ASSETS["app.js"]} defer />
      </head>
      <body>{props.children}</body>
    </html>
  );
}
