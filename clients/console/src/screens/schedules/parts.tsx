import { Badge, type Tone } from "../../ui/feedback";
import { Time } from "../../ui/page";

/** The next fire times: in the schedule's own time zone, and in the reader's. */
export function FireTimes({ times, zone }: { times: readonly string[]; zone: string | undefined }) {
  if (times.length === 0) return <p>It does not fire by itself.</p>;
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            <th>Fires next, {zone || "UTC"}</th>
            <th>In your time zone</th>
          </tr>
        </thead>
        <tbody>
          {times.map((at) => (
            <tr key={at}>
              <td>{inZone(at, zone)}</td>
              <td>
                <Time at={at} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inZone(at: string, zone: string | undefined): string {
  try {
    return new Date(at).toLocaleString(undefined, { dateStyle: "full", timeStyle: "long", timeZone: zone || "UTC" });
  } catch {
    return at;
  }
}

interface Mail {
  to?: string;
  subject?: string;
  text?: string;
}

/** What would be written, to whom; the text of it, since HTML of strangers has no place in this page. */
export function Mails({ mails }: { mails: readonly Mail[] }) {
  if (mails.length === 0) return <p>It would write to nobody now.</p>;
  return mails.map((mail) => (
    <details key={`${mail.to}${mail.subject}`}>
      <summary>
        {mail.subject} <span className="soft">to {mail.to}</span>
      </summary>
      <pre>{mail.text}</pre>
    </details>
  ));
}

interface Run {
  id: string;
  state?: string;
  cause?: string;
  scheduledAt?: string;
  mailed?: number;
  note?: string;
}

const TONES: Record<string, Tone> = { DONE: "good", FAILED: "bad", SKIPPED: "warn", RUNNING: "warn" };

/** The runs, the newest first, with why one was skipped or failed. */
export function Runs({ runs }: { runs: readonly Run[] }) {
  if (runs.length === 0) return <p>It has not run yet.</p>;
  return (
    <div className="scroll">
      <table>
        <thead>
          <tr>
            <th>Run</th>
            <th>For</th>
            <th>By</th>
            <th className="number">Mails</th>
            <th>Why</th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td>
                <Badge tone={TONES[run.state ?? ""] ?? ""}>{run.state?.toLowerCase()}</Badge>
              </td>
              <td>
                <Time at={run.scheduledAt} />
              </td>
              <td>{run.cause?.toLowerCase()}</td>
              <td className="number">{run.mailed}</td>
              <td>{run.note}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
