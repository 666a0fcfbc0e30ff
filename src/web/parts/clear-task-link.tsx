import type { TaskInstanceView } from "../../platform.ts";
import { hx } from "../hx.ts";
import { paths } from "../paths.ts";
import { Icon } from "./icon.tsx";

export function ClearTaskLink({ instance }: { readonly instance: TaskInstanceView }) {
  if (instance.tryNumber === 0) return null;
  const href = paths.taskClearing(instance);
  return (
    <a class="button" href={href} {...hx({ get: href, target: "#dialog", swap: "innerHTML" })}>
      <Icon name="rotate-ccw" />
      Clear and run again
    </a>
  );
}
