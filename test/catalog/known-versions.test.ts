import { beforeEach, describe, expect, test } from "vitest";
import { KnownVersions } from "../../src/catalog/known-versions.ts";
import { type Catalog, readOne } from "../../src/catalog/port.ts";
import { dagVersions } from "../../src/catalog/sql/dag-versions.ts";
import { versionDisplays } from "../../src/catalog/sql/version-displays.ts";
import { writeProjection } from "../../src/catalog/write-projection.ts";
import { makeSpec } from "../api/specs.ts";
import { makeProjection, makeVersion } from "../fixtures/projections.ts";
import { makeMigratedCatalog } from "../fixtures/sqlite-catalog.ts";

const content = (source: string) => ({ spec: makeSpec("dag"), source, display: null });

describe("KnownVersions", () => {
  test("forgets what was used longest ago when there is too much", () => {
    const known = new KnownVersions(100);
    known.remember("a", "1", content("a1"), 40);
    known.remember("b", "1", content("b1"), 40);
    known.of("a");
    known.remember("c", "1", content("c1"), 40);
    expect(["a", "b", "c"].map((id) => known.of(id).size)).toEqual([1, 0, 1]);
  });

  test("does not forget everything else for something too large to be kept", () => {
    const known = new KnownVersions(100);
    known.remember("a", "1", content("a1"), 40);
    known.remember("b", "1", content("b1"), 101);
    expect(["a", "b"].map((id) => known.of(id).size)).toEqual([1, 0]);
  });

  test("counts a version that is read twice once", () => {
    const known = new KnownVersions(100);
    for (let time = 0; time < 5; time += 1) known.remember("a", "1", content("a1"), 40);
    known.remember("b", "1", content("b1"), 60);
    expect(known.of("a").get("1")?.source).toBe("a1");
  });

  test("what was handed out stays when it is forgotten", () => {
    const known = new KnownVersions(100);
    known.remember("a", "1", content("a1"), 100);
    const before = known.of("a");
    known.remember("b", "1", content("b1"), 100);
    expect([known.of("a").size, before.get("1")?.source]).toEqual([0, "a1"]);
  });
});

describe("a version that is read again", () => {
  let catalog: Catalog;
  const version = makeVersion({ dagId: "known", specJson: JSON.stringify(makeSpec("known")), source: "the first" });
  const query = () => dagVersions.get("known", 1);

  beforeEach(async () => {
    catalog = await makeMigratedCatalog();
    await writeProjection(catalog, makeProjection({ versions: [version] }), 1);
  });

  test("does not bring its spec and source again, and is the same", async () => {
    const first = await readOne(catalog, query());
    const again = query();
    const [rows] = await catalog.read([again]);
    expect([rows?.[0]?.["v_spec_json"], rows?.[0]?.["v_source"]]).toEqual([null, null]);
    expect(rows?.map(again.parse)).toEqual([first]);
  });

  test("is read anew when it was written over", async () => {
    await readOne(catalog, query());
    const changed = { ...version, source: "the second", sourceHash: "other", version: 2 };
    await writeProjection(catalog, makeProjection({ versions: [changed] }), 2);
    expect((await readOne(catalog, query()))?.source).toBe("the second");
  });

  test("brings its display once that is there", async () => {
    expect((await readOne(catalog, query()))?.display).toBeNull();
    const { dagId, sourceHash, specHash } = version;
    await catalog.write([versionDisplays.insert({ dagId, sourceHash, specHash, display: '{"v":1}' })]);
    expect((await readOne(catalog, query()))?.display).toBe('{"v":1}');
  });
});
