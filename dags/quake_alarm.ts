import { dag, z } from "updraft";

interface Quake {
  readonly magnitude: number;
  readonly place: string;
}

interface Feed {
  readonly features: readonly { readonly properties: { readonly mag: number | null; readonly place: string } }[];
}

export default dag(
  "quake_alarm",
  {
    params: z.object({
      alarmFrom: z.number().default(6).describe("The magnitude from which there is an alarm"),
      noteFrom: z.number().default(4).describe("The magnitude from which it is worth a note"),
      region: z.string().default("").describe("Only quakes whose place ends with this, such as Alaska"),
    }),
    defaults: { retries: 2, retryDelay: "2s" },
    tags: ["example", "earthquakes", "branching"],
    description: "Branching: an alarm, a note or nothing, as the strongest earthquake of a week demands",
    docs: `
\`how_strong\` chooses which of the tasks behind it run; the others are skipped, and \`close\` runs whatever was chosen.

- \`is_there_any\` (a short circuit) skips all the rest when the region had no earthquake: try \`region: "Atlantis"\`.
- \`wake_people\` and \`write_report\` belong to one group, which the branch chooses as a whole.
- \`praise_the_calm\` has a condition of its own (\`skipIf\`).
- \`post_to_board\` runs only in the latest run of a schedule, and in manual ones.
`,
  },
  ({ task, group, chain }) => {
    const quakes = task("read", async ({ params, env, signal, log }): Promise<Quake[]> => {
      const url = new URL("/data/earthquakes.json", env.ORIGIN);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
      const { features }: Feed = await response.json();
      const inRegion = features.flatMap(({ properties: { mag, place } }) =>
        mag !== null && place.endsWith(params.region) ? [{ magnitude: mag, place }] : [],
      );
      log.info("Read the feed", { quakeCount: features.length, inRegionCount: inRegion.length });
      return inRegion;
    });
    const any = task.shortCircuit("is_there_any", { inputs: { quakes } }, ({ quakes }) => quakes.length > 0);

    const strongest = task("strongest", { inputs: { quakes }, after: any }, ({ quakes }) =>
      quakes.reduce((most, quake) => (quake.magnitude > most.magnitude ? quake : most)),
    );

    const alarm = group("alarm", () => {
      task("wake_people", { inputs: { strongest } }, ({ strongest, log }) => log.warn(`Wake up: ${strongest.place}`));
      task(
        "write_report",
        { inputs: { strongest } },
        ({ strongest }) => `M ${strongest.magnitude}, ${strongest.place}`,
      );
    });
    const note = task("write_note", { inputs: { strongest } }, ({ strongest }) => `noted: M ${strongest.magnitude}`);
    const calm = task(
      "praise_the_calm",
      { inputs: { quakes }, skipIf: ({ quakes }) => quakes.length > 500 },
      ({ quakes }) => `only ${quakes.length} small ones`,
    );

    task.branch("how_strong", { inputs: { strongest }, choices: { alarm, note, calm } }, ({ strongest, params }) => {
      if (strongest.magnitude >= params.alarmFrom) return ["alarm", "note"];
      return strongest.magnitude >= params.noteFrom ? "note" : "calm";
    });

    const close = task("close", { after: [alarm, note, calm], triggerRule: "none_failed_min_one_success" }, ({ log }) =>
      log.info("The case is closed"),
    );
    chain(
      close,
      task.latestOnly("is_latest"),
      task("post_to_board", () => "posted"),
    );
  },
);
