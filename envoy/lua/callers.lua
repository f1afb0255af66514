-- Whether the server knows a caller, asked before a large body is read: of who shows no good credentials nothing is read.
--
-- The question is the call itself without its body: the same RPC with the same headers, and a message that is none. The
-- server answers when it has authenticated them, before it looks at that (server/tidings_server/rpc/middleware/caller_checks.py).

local callers = {}

callers.HEADER = "x-tidings-caller"   -- CALLER of rpc/metadata.py
callers.UNREAD = "unread"             -- UNREAD there
local ASKED, KNOWN = "asked", "known"
local TIMEOUT_MS = 15000              -- refusals of who guesses take some seconds

-- gRPC's frame of a message that nobody can decode: a server that does not know the question refuses it, and stores nothing.
local UNDECODABLE = "\0\0\0\0\1\255"

-- Headers of the request's body and of its hop.
local OF_THE_HOP = {
  ["connection"] = true, ["content-length"] = true, ["content-type"] = true, ["expect"] = true, ["host"] = true,
  ["te"] = true, ["transfer-encoding"] = true, ["upgrade"] = true,
}

-- An address as Envoy prints it, without its port.
local function without_port(address)
  return (address:gsub(":%d+$", ""):gsub("^%[(.*)%]$", "%1"))
end

function callers.is_known(handle, headers, call, takes)
  local info = handle:streamInfo()
  local asked = {}
  for name, value in pairs(headers) do
    if name:sub(1, 1) ~= ":" and not OF_THE_HOP[name] and not name:find("^x%-envoy") then asked[name] = value end
  end
  asked[":method"], asked[":path"], asked[":authority"] = "POST", takes.rpc, "tidings"
  asked["content-type"], asked["te"] = "application/grpc", "trailers"
  asked["x-envoy-original-path"] = call.path
  asked["x-tidings-client"] = without_port(info:downstreamRemoteAddress())
  asked["x-tidings-peer"] = without_port(info:downstreamDirectRemoteAddress())
  asked[callers.HEADER] = ASKED
  local answer = handle:httpCall("server", asked, UNDECODABLE, TIMEOUT_MS)
  return answer ~= nil and answer[callers.HEADER] == KNOWN
end

return callers
