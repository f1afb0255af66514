import { Badge } from "../../ui/feedback";
import { Time } from "../../ui/page";
import type { Push, Queue } from "./names";

/** The state of a subscription in a word: inactive, paused, failing, unconfirmed, or well. */
export function Health({ of }: { of: Push | Queue }) {
  const isActive = "isActive" in of ? of.isActive : (of as Queue).active;
  if (!isActive) return <Badge tone="bad">inactive</Badge>;
  if (of.pausedUntil) return <Badge tone="warn">paused</Badge>;
  if (of.failingSince) return <Badge tone="bad">failing</Badge>;
  if ("confirmed" in of && !of.confirmed) return <Badge tone="warn">not confirmed</Badge>;
  return <Badge tone="good">well</Badge>;
}

/** Why it is in that state, as the server says it. */
export function Why({ of }: { of: Push | Queue }) {
  const error = "confirmationError" in of ? of.confirmationError : "";
  return (
    <>
      {of.inactiveReason && <>{of.inactiveReason} </>}
      {of.pauseReason && <>{of.pauseReason}. </>}
      {of.pausedUntil && !of.pauseReason && (
        <>
          until <Time at={of.pausedUntil} />{" "}
        </>
      )}
      {of.failingSince && (
        <>
          Failing since <Time at={of.failingSince} />.{" "}
        </>
      )}
      {error}
    </>
  );
}
