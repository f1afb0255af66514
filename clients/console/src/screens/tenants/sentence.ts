interface Record {
  actor?: string;
  action?: string;
  resource?: string;
  fields?: string[];
  peer?: string;
}

/** An audit record in words: `ada rotated credential demo-client (overlap) from 127.0.0.1`. */
export function sentence({ actor = "", action = "", resource = "", fields = [], peer = "" }: Record): string {
  const call = action.split("/").at(-1) ?? "";
  const words = call.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();
  const [verb = "", ...object] = words.split(" ");
  const set = fields.length > 0 ? ` (${fields.join(", ")})` : "";
  return `${actor} ${past(verb)} ${[...object, resource].join(" ")}${set}${peer ? ` from ${peer}` : ""}`;
}

const IRREGULAR: { [verb: string]: string } = { put: "put", set: "set", run: "ran", send: "sent" };

function past(verb: string): string {
  return (
    IRREGULAR[verb] ?? (verb.endsWith("e") ? `${verb}d` : verb.endsWith("y") ? `${verb.slice(0, -1)}ied` : `${verb}ed`)
  );
}
