import { dag, every, z } from "updraft";

interface Quake {
  readonly id: string;
  readonly at: string;
  readonly magnitude: number;
  readonly place: string;
  readonly longitude: number;
  readonly latitude: number;
  readonly depthKm: number;
  /** How significant USGS rates it, 0 to 1,000 and more. */
  readonly significance: number;
}

interface Report extends Omit<Quake, "magnitude"> {
  readonly kind: string;
  readonly magnitude: number | null;
}

interface Feed {
  readonly features: readonly {
    readonly id: string;
    readonly properties: {
      readonly mag: number | null;
      readonly place: string;
      readonly time: number;
      readonly type: string;
      readonly sig: number;
    };
    readonly geometry: { readonly coordinates: readonly [number, number, number] };
  }[];
}

/** Two reports so close in time and place are taken for one quake. */
const sameQuake = { ms: 16_000, km: 100 };
const earthRadiusKm = 6_371;

export default dag(
  "earthquakes",
  {
    schedule: every("1 hour"),
    startDate: "2026-01-01",
    params: z.object({
      flakyTries: z.int().min(0).max(4).default(1).describe("How many tries of the fetch fail before one gets through"),
      minMagnitude: z.number().min(-2).max(10).default(-2).describe("Weaker quakes are left out of the histogram"),
    }),
    tags: ["example", "geology"],
    description: "A week of earthquakes: fetched from a flaky source, validated, deduplicated, counted",
    docs: `
Reads a week of the USGS feed of earthquakes (from the package \`vega-datasets\`). The source is made to fail on the first
tries, so that each run shows a retry; \`flakyTries\` says how many. With 4 the run fails.
`,
  },
  ({ task }) => {
    const options = { retries: 3, retryDelay: "1s", retryExponentialBackoff: true, executionTimeout: "30s" } as const;
    const reports = task("fetch", options, async ({ params, attempt, env, signal, log }) => {
      const url = new URL("/data/earthquakes.json", env.ORIGIN);
      if (attempt.tryNumber <= params.flakyTries) {
        throw new Error(`Cannot read ${url}: the source does not answer (try ${attempt.tryNumber}, on purpose)`);
      }
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`Cannot read ${url}: HTTP ${response.status}`);
      const reports = readFeed(await response.json());
      log.info("Read the feed", { reportCount: reports.length, tryNumber: attempt.tryNumber });
      return reports;
    });

    const valid = task("validate", { inputs: { reports } }, ({ reports, log }) => {
      const quakes: Quake[] = [];
      const rejected: { id: string; reason: string }[] = [];
      for (const { kind, magnitude, ...rest } of reports) {
        const reason = reasonToReject({ kind, magnitude, ...rest });
        if (reason === null && magnitude !== null) quakes.push({ ...rest, magnitude });
        else rejected.push({ id: rest.id, reason: reason ?? "no magnitude" });
      }
      for (const { id, reason } of rejected) log.debug(`Rejected ${id}: ${reason}`);
      log.info("Validated", { quakeCount: quakes.length, rejectedCount: rejected.length });
      return { quakes, rejected };
    });

    const unique = task("deduplicate", { inputs: { valid } }, ({ valid, log }) => {
      const quakes = deduplicate(valid.quakes);
      log.info("Deduplicated", { quakeCount: quakes.length, duplicateCount: valid.quakes.length - quakes.length });
      return quakes;
    });

    task("magnitude_histogram", { inputs: { unique } }, ({ unique, params, log }) => {
      const bins = new Map<number, number>();
      for (const { magnitude } of unique) {
        if (magnitude < params.minMagnitude) continue;
        const bin = Math.floor(magnitude);
        bins.set(bin, (bins.get(bin) ?? 0) + 1);
      }
      const histogram = [...bins].sort(([a], [b]) => a - b).map(([from, count]) => ({ from, to: from + 1, count }));
      for (const { from, to, count } of histogram)
        log.info(`${from} to ${to}: ${"▇".repeat(Math.ceil(count / 20))} ${count}`);
      return histogram;
    });

    task("strongest", { inputs: { unique } }, ({ unique }) =>
      [...unique]
        .sort((a, b) => b.magnitude - a.magnitude)
        .slice(0, 5)
        .map(({ at, magnitude, place }) => ({ at, magnitude, place })),
    );
  },
);

function readFeed(feed: Feed): Report[] {
  return feed.features.map(({ id, properties, geometry }) => {
    const [longitude, latitude, depthKm] = geometry.coordinates;
    const { mag: magnitude, place, type: kind, sig: significance } = properties;
    return {
      id,
      at: new Date(properties.time).toISOString(),
      kind,
      magnitude,
      place,
      longitude,
      latitude,
      depthKm,
      significance,
    };
  });
}

function reasonToReject({ kind, magnitude, longitude, latitude }: Report): string | null {
  if (kind !== "earthquake") return `it was no earthquake but: ${kind}`;
  if (magnitude === null || magnitude < -2 || magnitude > 10) return `its magnitude is ${magnitude}`;
  if (Math.abs(longitude) > 180 || Math.abs(latitude) > 90) return `its place is ${longitude}, ${latitude}`;
  return null;
}

/** Of reports of one quake the most significant one stays. Sorted by time, so that only neighbours are compared. */
function deduplicate(quakes: readonly Quake[]): Quake[] {
  const kept: Quake[] = [];
  for (const quake of [...quakes].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const earliest = Date.parse(quake.at) - sameQuake.ms;
    let twin = -1;
    for (let place = kept.length - 1; place >= 0 && twin < 0; place -= 1) {
      const other = kept[place];
      if (other === undefined || Date.parse(other.at) < earliest) break;
      if (distanceKm(other, quake) < sameQuake.km) twin = place;
    }
    if (twin < 0) kept.push(quake);
    else if (quake.significance > (kept[twin]?.significance ?? 0)) kept.splice(twin, 1, quake);
  }
  return kept;
}

/** Along the surface, by the haversine formula. */
function distanceKm(a: Quake, b: Quake): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const north = Math.sin(radians(b.latitude - a.latitude) / 2) ** 2;
  const east = Math.sin(radians(b.longitude - a.longitude) / 2) ** 2;
  const chord = north + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * east;
  return 2 * earthRadiusKm * Math.asin(Math.sqrt(chord));
}
