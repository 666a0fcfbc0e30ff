import type { TaskInstanceView } from "../../platform.ts";
import { hx } from "../hx.ts";
import { paths, type TaskAction, withQuery } from "../paths.ts";
import { Icon } from "./icon.tsx";
import type { IconName } from "./icon-names.ts";

export function TaskActionLinks({ instance }: { readonly instance: TaskInstanceView }) {
  return (
    <>
      {instance.tryNumber > 0 && (
        <TaskActionLink instance={instance} action="clearing" icon="rotate-ccw" label="Clear and run again" />
      )}
      <TaskActionLink instance={instance} action="marking" icon="check" label="Mark" />
    </>
  );
}

function TaskActionLink(props: {
  readonly instance: TaskInstanceView;
  readonly action: TaskAction;
  readonly icon: IconName;
  readonly label: string;
}) {
  const { instance, action, icon, label } = props;
  const index = instance.mapIndex < 0 ? null : instance.mapIndex;
  const href = `${paths.taskAction(instance, action)}${withQuery({ map_index: index })}`;
  return (
    <a class="button" href={href} {...hx({ get: href, target: "#dialog", swap: "innerHTML" })}>
      <Icon name={icon} />
      {label}
    </a>
  );
}
