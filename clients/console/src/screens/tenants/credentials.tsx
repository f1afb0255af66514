import { answered, api, type Schema } from "../../api/client";
import { Deed } from "../../ui/deed";
import { Badge, Result } from "../../ui/feedback";
import { Panel } from "../../ui/page";
import { More, usePages } from "../../ui/paged";

/** Who may call as a tenant, with rotating and ending each. */
export function Credentials({ id }: { id: string }) {
  const found = usePages(
    ["credentials", id],
    (after, signal) => {
      const query = { tenantId: id, ...(after ? { after } : {}) };
      return answered(api.GET("/admin/v1/credentials", { params: { query }, signal }));
    },
    (page) => page.credentials,
  );
  return (
    <Panel title="Credentials">
      <Result of={found}>
        {(credentials) =>
          credentials.length === 0 ? (
            <p>There is none yet. Make the first one below: a client, for its programs.</p>
          ) : (
            <div className="scroll">
              <table aria-label="Credentials">
                <thead>
                  <tr>
                    <th>State</th>
                    <th>Name</th>
                    <th>May</th>
                    <th>
                      <span className="hidden-text">Change</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {credentials.map((one) => (
                    <Credential key={one.id} of={one} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Result>
      <More of={found} />
    </Panel>
  );
}

function Credential({ of: credential }: { of: Schema["admin.Credential"] }) {
  const params = { path: { id: credential.id ?? "" } };
  const isLive = !credential.revokedAt;
  const isUser = credential.kind?.toLowerCase().includes("user") ?? false;
  return (
    <tr>
      <td>
        <Badge tone={isLive ? "good" : ""}>{credential.state?.toLowerCase()}</Badge>
      </td>
      <td>
        <b>{credential.name}</b>
        <br />
        <span className="soft small">{credential.kind?.toLowerCase().replaceAll("_", " ")}</span>
      </td>
      <td className="small">{credential.grants?.join(", ")}</td>
      <td>
        <div className="row end">
          {isLive && !isUser && (
            <Deed
              label="Rotate"
              run={() =>
                answered(api.POST("/admin/v1/credentials/{id}/rotate", { params, body: { overlap: "3600s" } as never }))
              }
              changes={["credentials"]}
              said={(made) => (
                <>
                  The old one holds for an hour. The new secret, shown this once: <code>{made.secret}</code>
                </>
              )}
              ask={{
                name: credential.name ?? "rotate",
                warning: "The secret that it has now ends in an hour; the new one is shown once.",
              }}
            />
          )}
          {isLive && (
            <Deed
              label="Revoke"
              run={() => answered(api.POST("/admin/v1/credentials/{id}/revoke", { params }))}
              changes={["credentials"]}
              ask={{
                name: credential.name ?? "revoke",
                warning: "It ends for ever, with every token that was bought with it.",
              }}
            />
          )}
        </div>
      </td>
    </tr>
  );
}
