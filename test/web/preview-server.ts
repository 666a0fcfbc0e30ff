/** Serves the showcase on 127.0.0.1; `preview.ts` bundles and starts it. */
import { serve } from "./serve.ts";
import { makeShowcase } from "./showcase.ts";
import { makeWebApp } from "./web-app.ts";

const app = makeWebApp(await makeShowcase({ extraDags: Number(process.argv[3] ?? 0) }));
const { url } = await serve(app, Number(process.argv[2] ?? 8799));
console.log(`Showcase at ${url}/`);
