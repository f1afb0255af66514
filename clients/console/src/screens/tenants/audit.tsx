import { useQuery } from "@tanstack/react-query";
import { answered, api, type Schema } from "../../api/client";
import { Result } from "../../ui/feedback";
import { Panel, Time } from "../../ui/page";
import { sentence } from "./sentence";

/** The audit trail as sentences, of one tenant's callers, or of the operators. */
export function Audit({ title, tenantId }: { title: string; tenantId: string }) {
  const found = useQuery({
    queryKey: ["audit", tenantId],
    queryFn: ({ signal }) => {
      const query = { pageSize: 100, ...(tenantId ? { tenantId } : {}) };
      return answered(api.GET("/admin/v1/audit", { params: { query }, signal }));
    },
  });
  return (
    <Panel title={title}>
      <Result of={found}>{({ records = [] }) => <Records of={records} />}</Result>
    </Panel>
  );
}

function Records({ of }: { of: readonly Schema["admin.AuditRecord"][] }) {
  if (of.length === 0) return <p>Nothing yet.</p>;
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
