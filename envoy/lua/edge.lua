-- What the transcoder cannot do, for every REST request and every answer.
--
-- Requests: unknown paths and methods are refused, and so is what the transcoder would read in a way that the
-- documents do not mean (a query or a body that overwrites a path variable, numbers for enums, bytes that are no
-- UTF-8). Answers: status and shape as the server asks for in x-http-*, and an error body in the path's dialect for
-- every status of 400 and above, whoever made it. Envoy runs both functions as coroutines, one call at a time.

local callers = require("callers")
local forms = require("forms")
local index = require("index")
local json = require("json")
local problems = require("problems")
local request_id = require("request_id")
local route = require("route")
local text = require("text")

local MIB = 1024 * 1024
local BODY_BYTES = MIB
local TEXT_BYTES = 64 * 1024
-- Largest JSON body that is walked for whoever sends it.
local UNKNOWN_BYTES = 64 * 1024
local BOM = "\239\187\191"
local STATE = "tidings.edge"
local NO_BODY = "The body is missing: it replaces what is there. An empty object is {}."

-- Headers of the hop to the server that a client does not see.
local NOT_TO_CLIENTS = {
  "grpc-status", "grpc-message", "grpc-status-details-bin", "grpc-encoding", "grpc-accept-encoding",
  "x-http-code", "x-http-content-type", "x-http-body", "x-http-unwrap", "x-http-empty", "x-edge-target",
}

-- The answer to a call of gRPC, in the form that its clients read: UNIMPLEMENTED.
local NO_GRPC = {
  [":status"] = "200", ["content-type"] = "application/grpc", ["grpc-status"] = "12",
  ["grpc-message"] = "This is the port of REST: gRPC has one of its own (TIDINGS_GRPC_PORT, 50051 by default).",
}

-- Methods of pages; of a page that Envoy answers by itself the route of all others says so (`allow`).
local IS_READ, READS = { GET = true, HEAD = true }, "GET, HEAD"

-- What passes by itself: who gets it from Envoy is told when to come again.
local PASSES = { [429] = true, [503] = true }

-- ---------------------------------------------------------------- requests

-- Ends the request. The answer passes envoy_on_response too, which gives it its body; Envoy would answer a request of
-- content type application/grpc with 200, so the status travels beside it.
local function refuse(handle, call, status, detail, allow)
  call.status, call.detail = status, detail
  handle:streamInfo():dynamicMetadata():set(STATE, "call", call)
  handle:respond({ [":status"] = tostring(status), ["allow"] = allow }, "")
end

-- Whether it is a call of gRPC, which has its own port.
local function is_call(headers, path)
  local type = (headers:get("content-type") or ""):lower()
  return (type == "application/grpc" or type:find("^application/grpc[+;]") ~= nil)
    and path:find("^/[%w_]+%.[%w_.]+/%w+$") ~= nil
end

-- Whether a request names one host; Envoy joins several Host headers with commas.
local function has_one_host(headers)
  return not (headers:get(":authority") or ""):find("[,%s/\\?#@]")
end

-- Status, text and Allow when the headers are enough to refuse; nil when they are not.
local function refusal(headers, found, takes, target, page_allows)
  if not has_one_host(headers) then
    return 400, "The request has more than one Host, or one that is none."
  elseif not found and not page_allows then
    return 404, "There is no such path."
  elseif not takes then
    return 405, "This path does not have the method " .. headers:get(":method") .. ".", page_allows or route.allow(found)
  end
  local type, coding = headers:get("content-type") or "", headers:get("content-encoding") or "identity"
  local body_bytes = takes.body_bytes or BODY_BYTES
  if type:lower():find("^%s*application/grpc") then
    return 415, "gRPC is not spoken on REST paths."
  elseif coding:lower() ~= "identity" then
    return 415, "Request bodies must not be compressed."
  elseif not text.is_clean(text.unescape(target)) then
    return 400, "The path or the query is not UTF-8, or has control characters."
  elseif tonumber(headers:get("content-length") or 0) > body_bytes then
    local size = body_bytes < MIB and body_bytes / 1024 .. " KiB" or body_bytes / MIB .. " MiB"
    return 413, "The body is larger than " .. size .. "."
  end
end

local function judge(handle, headers, call)
  if headers:get(":path") == "/" and IS_READ[headers:get(":method")] and has_one_host(headers) then
    local body, type = index.page(headers:get("accept"))
    handle:streamInfo():dynamicMetadata():set(STATE, "call", call)
    return handle:respond({ [":status"] = "200", ["content-type"] = type, vary = "accept" }, body)
  end
  local target, method = headers:get(":path") or "", headers:get(":method")   -- CONNECT has no path
  local path, query = target:match("^([^?]*)%??(.*)$")
  local found, dialect = route.find(path)
  local takes = found and found.methods[method]
  call.dialect, call.path, call.method, call.is_stream = dialect, path, method, takes and takes.is_stream
  call.is_grpc = is_call(headers, path)
  headers:remove(forms.HEADER)
  if dialect == forms.DIALECT then
    call.form = forms.accepted(headers:get("accept"))
    headers:replace(forms.HEADER, call.form or "json")
  end
  local page_allows = target == "/" and READS or handle:metadata():get("allow")
  local status, detail, allow = refusal(headers, found, takes, target, page_allows)
  if method == "CONNECT" then status, detail, allow = 405, "This server is no proxy.", "GET, POST, PUT, PATCH, DELETE" end
  if not status and query ~= "" then
    detail = route.objection(query, takes)
    status = detail and 400
  end
  if not status and takes.in_xml then status, detail = forms.refusal(headers, call.form, takes) end
  if status then return refuse(handle, call, status, detail, allow) end

  local has_xml_body = takes.in_xml and takes.body and forms.of_body(headers) == "xml"
  headers:replace(":path", route.rewritten(path, query, takes, has_xml_body or call.form == "xml"))
  handle:streamInfo():dynamicMetadata():set(STATE, "call", call)

  local body = handle:body()
  if method == "PUT" and takes.body == "json" and not (body and body:length() > 0) then
    return refuse(handle, call, 400, NO_BODY)   -- a slip; a replacement by an empty object is meant
  end
  if not body then return end
  if not takes.body then
    body:setBytes("")
  elseif takes.body == "json" and not has_xml_body then
    if body:length() > UNKNOWN_BYTES then
      local is_known = callers.is_known(handle, handle:headers(), call, takes)
      body = handle:body()   -- fetched anew: waiting ends the old object
      if not is_known then
        handle:headers():replace(callers.HEADER, callers.UNREAD)   -- the server says why, and takes nothing of it
        body:setBytes("{}")
        return
      end
    end
    local bytes = body:getBytes(0, body:length())
    if bytes:sub(1, #BOM) == BOM then
      bytes = bytes:sub(#BOM + 1)
      body:setBytes(bytes)
    end
    local why = json.objection(bytes, takes)
    if why then refuse(handle, call, 400, why) end
  end
end

function envoy_on_request(handle)
  local headers = handle:headers()
  local call = { id = request_id.taken_or_made(headers:get("x-request-id")), dialect = route.NOBODY, path = "" }
  headers:replace("x-request-id", call.id)
  headers:remove(callers.HEADER)
  -- Envoy would pass a request on when its Lua fails: nothing is to reach the server unjudged.
  local judged, why = pcall(judge, handle, headers, call)
  if not judged then
    handle:logErr(why)
    refuse(handle, call, 500, "")
  end
end

-- ---------------------------------------------------------------- answers

-- The answer to HEAD has the headers of a body and no body.
local function replace_body(handle, bytes, type, is_head)
  if is_head then
    handle:headers():replace("content-length", #bytes)
  else
    handle:body(true):setBytes(bytes)
  end
  handle:headers():replace("content-type", type)   -- fetched anew: waiting for the body ends the old object
end

-- What Envoy says of its refusal: a text of a few lines, where it has the type that it gives to such texts. The value of a
-- field may be all of it but the end.
local function envoys_text(handle, type)
  if not (type or ""):find("^text/plain") then return "" end
  local body = handle:body(true)
  return body:getBytes(0, math.min(body:length(), TEXT_BYTES))
end

-- {"items":[…]} becomes […]. The message has this one field, so the printer's frame is all there is to cut.
local function unwrap(handle, field)
  local body = handle:body(true)
  body:setBytes(body:getBytes(0, body:length()):sub(#field + 5, -2))
end

-- Lets a stream pass chunk by chunk, to be there when its trailers come.
local function strip_trailers(handle)
  for _ in handle:bodyChunks() do end
  local trailers = handle:trailers()
  for _, name in ipairs(trailers and NOT_TO_CLIENTS or {}) do trailers:remove(name) end
end

-- The call of a request that was refused before edge.lua was asked, by its method and target where they could be read.
local function unjudged(given)
  local method, path = given:match("^(%S+) (/[^?]*)")
  local _, dialect = route.find(path or "")
  return { id = request_id.taken_or_made(nil), dialect = dialect, path = path or "", method = method }
end

function envoy_on_response(handle)
  local headers = handle:headers()
  local call = (handle:streamInfo():dynamicMetadata():get(STATE) or {}).call
    or unjudged(headers:get("x-edge-target") or "")
  local code, body, list = headers:get("x-http-code"), headers:get("x-http-body"), headers:get("x-http-unwrap")
  local type, body_type = headers:get("content-type"), headers:get("x-http-content-type")
  local is_empty = headers:get("x-http-empty")
  local made = call.status or tonumber(headers:get(":status"))
  for _, name in ipairs(NOT_TO_CLIENTS) do headers:remove(name) end
  headers:replace("x-request-id", call.id)
  headers:replace(":status", code or tostring(made))

  if call.is_grpc and call.status then
    for name, value in pairs(NO_GRPC) do headers:replace(name, value) end
    return
  end
  if made >= 400 then
    if not body then
      if PASSES[made] then headers:replace("retry-after", "1") end
      local takes = route.takes(call.path, call.method)
      body, body_type = problems.body(call, tonumber(code) or made, call.detail or envoys_text(handle, type), takes)
      call.path = call.path:gsub("(/unsubscribe/)[^/]+", "%1{token}")   -- who has the token of a mail may use it
      handle:streamInfo():dynamicMetadata():set(STATE, "refused", call)   -- for the log: the server may not know of it
    end
    replace_body(handle, body, body_type, call.method == "HEAD")
  elseif code == "204" or is_empty then
    handle:body(true):setBytes("")
    handle:headers():remove("content-type")
    handle:headers():remove("content-length")
  elseif list then
    unwrap(handle, list)
  elseif call.is_stream then
    headers:replace("cache-control", "no-cache")   -- a proxy between is not to keep it
    strip_trailers(handle)
  end
end
