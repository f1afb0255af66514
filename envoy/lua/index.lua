-- The page at `/`: links for a person, the same as JSON for a program.

local index = {}

local LINKS = {
  { "reference", "/docs", "Reference of all REST calls, with try-it-out" },
  { "openapi", "/openapi.json", "The same as an OpenAPI 3.1 document" },
  { "console", "/console", "Console: what came in, who got it and why not" },
  { "health", "/healthz", "Health: what /healthz tells load balancers" },
  { "version", "/version", "Version" },
  { "keys", "/.well-known/jwks.json", "Keys that sign access tokens" },
}
local TEXT = "Events come in at /api/v1/events, /api/v4.1/event, /api/v1/events/orders and the like, and /v1/events; each path "
  .. "answers in the language of its own document. The README shows a first call of each; docs/ has the guides."

local HTML = { '<!doctype html><html lang="en"><meta charset="utf-8"><title>Tidings</title><h1>Tidings</h1>', "<p>", TEXT, "</p><ul>" }
local JSON = { '{"name":"Tidings","description":"', TEXT, '","links":{' }
for at, link in ipairs(LINKS) do
  HTML[#HTML + 1] = '<li><a href="' .. link[2] .. '">' .. link[3] .. "</a></li>"
  JSON[#JSON + 1] = (at > 1 and "," or "") .. '"' .. link[1] .. '":"' .. link[2] .. '"'
end
HTML[#HTML + 1] = "</ul></html>\n"
JSON[#JSON + 1] = "}}\n"

-- Body and content type. Whoever does not name text/html gets JSON.
function index.page(accept)
  if (accept or ""):lower():find("text/html", 1, true) then return table.concat(HTML), "text/html; charset=utf-8" end
  return table.concat(JSON), "application/json"
end

return index
