import { useState } from "react";
import { answered, api, type Schema } from "../../api/client";
import { Result } from "../../ui/feedback";
import { Panel, Time } from "../../ui/page";
import { More, usePages } from "../../ui/paged";
import { sentence } from "./sentence";

/** The audit trail as sentences, of one tenant's callers, or of the operators. */
export function Audit({ title, tenantId }: { title: string; tenantId: string }) {
  const [since, setSince] = useState(() => Date.now() - DAY_MS);
  const from = new Date(since).toISOString();
  const found = usePages(
    ["audit", tenantId, from],
    (after, signal) => {
      const query = { pageSize: 50, from, ...(tenantId ? { tenantId } : {}), ...(after ? { after } : {}) };
      return answered(api.GET("/admin/v1/audit", { params: { query }, signal }));
    },
    (page) => page.records,
  );
  return (
    <Panel
      title={title}
      deeds={Object.entries(SPANS).map(([name, ms]) => (
        <button key={name} type="button" onClick={() => setSince(Date.now() - ms)}>
          Last {name}
        </button>
      ))}
    >
      <Result of={found}>{(records) => <Records of={records} />}</Result>
      <More of={found} />
    </Panel>
  );
}

const DAY_MS = 86_400_000;
const SPANS = { day: DAY_MS, week: 7 * DAY_MS, year: 365 * DAY_MS };

function Records({ of }: { of: readonly Schema["admin.AuditRecord"][] }) {
  if (of.length === 0) return <p>Nothing in this time.</p>;
  return (
    <ul className="tree">
      {of.map((one) => (
        <li key={one.id}>
          <Time at={one.at} /> {sentence(one)}
        </li>
      ))}
    </ul>
  );
}
