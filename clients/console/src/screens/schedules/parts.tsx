import { lazy, Suspense } from "react";
import { Block } from "../../ui/block";
import { Badge, Busy, type Tone } from "../../ui/feedback";
import { Time } from "../../ui/page";
import { type Month, monthsOf } from "./calendar";

const MailFrame = lazy(() => import("./mail_frame"));

/** The next fire times on a calendar of the schedule's zone, and as a list: in the schedule's own time zone, and in the reader's. */
export function FireTimes({ times, zone }: { times: readonly string[]; zone: string | undefined }) {
  if (times.length === 0) return <p>It does not fire by itself.</p>;
  return (
    <>
      <Calendar times={times} zone={zone || "UTC"} />
      <Listed times={times} zone={zone} />
    </>
  );
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function Calendar({ times, zone }: { times: readonly string[]; zone: string }) {
  return (
    <div className="calendars">
      {months(times, zone).map((month) => (
        <table className="calendar" key={month.name}>
          <caption>
            {month.name}, {zone}
          </caption>
          <thead>
            <tr>
              {DAYS.map((day) => (
                <th key={day}>{day}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {month.weeks.map((week, number) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a month's weeks stand where they stand
              <tr key={number}>
                {week.map(({ day, times: fires }, place) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: and so do the days of a week
                  <td key={place} className={fires.length > 0 ? "fires" : ""}>
                    {day > 0 && day}
                    {fires.slice(0, MOST).map((time) => (
                      <b key={time}>{time}</b>
                    ))}
                    {fires.length > MOST && <b>+{fires.length - MOST}</b>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  );
}

/** Fire times of a day that are named; the list below has all. */
const MOST = 3;

function months(times: readonly string[], zone: string): Month[] {
  try {
    return monthsOf(times, zone);
  } catch {
    return []; // a zone that this browser does not know
  }
}

function Listed({ times, zone }: { times: readonly string[]; zone: string | undefined }) {
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
  html?: string;
}

/** What would be written, to whom: the HTML in a frame of its own, and the text. */
export function Mails({ mails }: { mails: readonly Mail[] }) {
  if (mails.length === 0) return <p>It would write to nobody now.</p>;
  return mails.map((mail) => (
    <details key={`${mail.to}${mail.subject}`}>
      <summary>
        {mail.subject} <span className="soft">to {mail.to}</span>
      </summary>
      <div className="stack">
        {mail.html && (
          <Suspense fallback={<Busy />}>
            <MailFrame html={mail.html} subject={mail.subject ?? ""} />
          </Suspense>
        )}
        {mail.text && <Block>{mail.text}</Block>}
      </div>
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
  const missed = runs.filter((run) => run.state === "SKIPPED").length;
  return (
    <div className="scroll">
      {missed > 0 && (
        <p className="notice">
          {missed === 1 ? "One run was" : `${missed} runs were`} missed; the reason stands beside{" "}
          {missed === 1 ? "it" : "each"}.
        </p>
      )}
      <table aria-label="Runs">
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
