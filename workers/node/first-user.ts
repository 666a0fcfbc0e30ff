/** Makes the first user of a fresh state with the setup token, which closes for ever once a user exists. */
import { randomBytes } from "node:crypto";

export const firstUserName = "admin";

/** The password when the user was made now; null when there is one already. */
export async function makeFirstUser(url: string, token: string): Promise<string | null> {
  const password = randomBytes(10).toString("hex");
  const response = await fetch(new URL("/auth/setup", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token, username: firstUserName, password }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (response.ok) return password;
  if (response.status === 410) return null; // Closed: somebody made a user before us.
  throw new Error(`Cannot make the first user: POST /auth/setup answered ${response.status} ${text.slice(0, 500)}`);
}
