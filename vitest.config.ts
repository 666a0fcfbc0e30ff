import { defineConfig } from "vitest/config";

const alias = { updraft: new URL("./src/dag/index.ts", import.meta.url).pathname };

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "node",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/runtime/**", "test/e2e/**"],
        },
      },
    ],
  },
});
