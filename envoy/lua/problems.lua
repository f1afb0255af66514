-- The error body of each dialect for what the server never answered: Envoy refused, or gRPC itself did.
--
-- A new dialect is one function in DIALECTS; the server's counterpart is rpc/error_bodies.py, and they read alike. Texts
-- are ours, except the first line of what the transcoder says about a 400: its other lines repeat the body, and what
-- Envoy says about the connection to the server is nobody else's business.

local contract = require("routes")   -- generated

local problems = {}

local TITLES = {
  [400] = "Bad Request", [401] = "Unauthorized", [403] = "Forbidden", [404] = "Not Found",
  [405] = "Method Not Allowed", [406] = "Not Acceptable", [408] = "Request Timeout", [409] = "Conflict", [413] = "Request Entity Too Large",
  [415] = "Unsupported Media Type", [429] = "Too Many Requests", [431] = "Request Header Fields Too Large",
  [499] = "Client Closed Request", [500] = "Internal Server Error", [501] = "Not Implemented", [502] = "Bad Gateway",
  [503] = "Service Unavailable", [504] = "Gateway Timeout",
}

local REASONS = {
  [400] = "INVALID_INPUT", [401] = "UNAUTHENTICATED", [403] = "PERMISSION_DENIED", [404] = "NOT_FOUND",
  [405] = "METHOD_NOT_ALLOWED", [406] = "NOT_ACCEPTABLE", [408] = "TIMED_OUT", [409] = "CONFLICT", [413] = "PAYLOAD_TOO_LARGE", [415] = "UNSUPPORTED_MEDIA_TYPE",
  [429] = "LIMIT_EXCEEDED", [431] = "HEADERS_TOO_LARGE", [500] = "INTERNAL", [501] = "NOT_IMPLEMENTED", [503] = "UNAVAILABLE", [504] = "TIMED_OUT",
}

local DETAILS = {
  [400] = "The request is not valid.",
  [408] = "The request did not arrive in time.",
  [413] = "The request is larger than allowed.",
  [429] = "The server is busy; retry shortly.",
  [431] = "The request's headers are larger than 60 KiB, or more than 100.",
  [501] = "The server does not know this transfer encoding, or has no such call.",
  [503] = "The server cannot do this now.",
  [504] = "The server did not answer in time.",
}
local OUR_FAULT = "An internal error. Name the request id when you report it."

-- ---------------------------------------------------------------- JSON

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\" }

local function quoted(s)
  return '"' .. s:gsub('[%c"\\\127-\255]', function(char)
    return ESCAPES[char] or (char:byte() < 128 and string.format("\\u%04x", char:byte()) or "?")
  end) .. '"'
end

-- One object; `members` are name, value, name, value, … where a value is JSON already.
local function object(members)
  local printed = {}
  for at = 1, #members, 2 do
    printed[#printed + 1] = quoted(members[at]) .. ":" .. members[at + 1]
  end
  return "{" .. table.concat(printed, ",") .. "}"
end

-- ---------------------------------------------------------------- XML

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function escaped(s)
  return (s:gsub('[%c&<>"\127-\255]', function(char) return ENTITIES[char] or "?" end))
end

-- One element; null for nil.
local function element(name, content)
  if not content then return "<" .. name .. ' xsi:nil="true"/>' end
  return "<" .. name .. ">" .. escaped(content) .. "</" .. name .. ">"
end

-- ---------------------------------------------------------------- dialects

-- RFC 9457 as JHipster prints it (document 000, and the operator's API).
local function jhipster(problem)
  local members = {
    "type", quoted("about:blank"),
    "title", quoted(problem.title),
    "status", tostring(problem.status),
    "detail", quoted(problem.detail),
    "path", quoted(problem.path),
    "message", quoted("error." .. problem.reason:lower()),
    "requestId", quoted(problem.id),
  }
  if problem.status == 400 then
    members[#members + 1] = "fieldErrors"
    members[#members + 1] = problem.field
      and "[" .. object({ "objectName", quoted(problem.resource), "field", quoted(problem.field),
                          "message", quoted(problem.rule) }) .. "]"
      or "[]"
  end
  return object(members), "application/problem+json"
end

-- The error body of document 001; the request id is an addition.
local function fluent(problem)
  return object({
    "errors", "[" .. object({ "code", quoted(tostring(problem.status)), "message", quoted(problem.detail) }) .. "]",
    "requestId", quoted(problem.id),
  }), "application/json"
end

local KIBO_CODES = {
  [400] = "VALIDATION_CONFLICT", [401] = "UNAUTHORIZED", [403] = "FORBIDDEN", [404] = "ITEM_NOT_FOUND",
  [409] = "ITEM_CONFLICT", [500] = "UNEXPECTED_ERROR",
}

-- The error body of document 002's vendor.
local function kibo(problem)
  local code, items = KIBO_CODES[problem.status] or problem.reason, "[]"
  if problem.field then
    items = "[" .. object({
      "errorCode", quoted(code),
      "message", quoted(problem.detail),
      "applicationName", quoted("Tidings"),
      "applicationErrorData", "[" .. object({ "name", quoted("field"), "value", quoted(problem.field) }) .. "]",
    }) .. "]"
  end
  return object({
    "message", quoted(problem.detail),
    "errorCode", quoted(code),
    "subErrorCode", quoted(problem.reason),
    "applicationName", quoted("Tidings"),
    "items", items,
    "additionalErrorData", "[" .. object({ "name", quoted("requestId"), "value", quoted(problem.id) }) .. "]",
    "exceptionDetail", "null",
  }), "application/json"
end

local TALLYMARKS_CODES = {
  [401] = "Unauthorized", [403] = "Unauthorized", [404] = "NotFound", [409] = "Conflict", [412] = "Conflict",
  [429] = "TooManyRequests",
}

-- The error body of document 003's vendor; the request id is an addition.
local function tallymarks(problem)
  local errors = "[]"
  if problem.field then
    errors = "[" .. object({ "message", quoted(problem.rule), "param", quoted(problem.field), "value", '""' }) .. "]"
  end
  return object({
    "code", quoted(TALLYMARKS_CODES[problem.status] or (problem.status < 500 and "BadRequest" or "InternalError")),
    "message", quoted(problem.detail),
    "detail", quoted(problem.reason .. " at " .. problem.path),
    "errors", errors,
    "requestId", quoted(problem.id),
  }), "application/json"
end

local OAUTH_CODES = {
  [401] = "invalid_client", [403] = "unauthorized_client", [429] = "temporarily_unavailable",
  [500] = "server_error", [503] = "temporarily_unavailable",
}

-- RFC 6749, 5.2; the request id is an addition that clients ignore.
local function oauth(problem)
  return object({
    "error", quoted(OAUTH_CODES[problem.status] or "invalid_request"),
    "error_description", quoted(problem.detail),
    "requestId", quoted(problem.id),
  }), "application/json"
end

local LAGERKOLL_CODES = { [401] = 900001, [429] = 900429 }
local COMMON = 900101

-- The error body of document 004; the request id is an addition. A call's own code is for what is wrong with the
-- request itself.
local function lagerkoll(problem)
  local code = LAGERKOLL_CODES[problem.status] or problem.status == 400 and problem.code or COMMON
  if problem.form == "xml" then
    return '<error xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
      .. element("errorCode", tostring(code)) .. element("errorMessage", problem.detail)
      .. element("errorField", problem.field) .. element("errorData", nil) .. element("requestId", problem.id)
      .. "</error>", "application/xml"
  end
  return object({
    "errorCode", tostring(code),
    "errorMessage", quoted(problem.detail),
    "errorField", problem.field and quoted(problem.field) or "null",
    "errorData", "null",
    "requestId", quoted(problem.id),
  }), "application/json"
end

local DIALECTS = {
  collector = jhipster, operator = jhipster, orchestration = fluent, push = kibo, loyalty = tallymarks,
  scheduling = lagerkoll, tokens = oauth,
}

-- ---------------------------------------------------------------- what is said

local NOT_VALID = "is not a valid value"
local NO_LIST = "has a list where none can be"

-- All that Envoy says of some refusals; the status says as much.
local PHRASES = { ["Bad Request"] = true, ["Payload Too Large"] = true, ["Request Header Fields Too Large"] = true }

-- What a field takes, by the name that the transcoder has for its type.
local KINDS = {
  TYPE_STRING = "must be a text", TYPE_BOOL = "must be true or false", TYPE_DOUBLE = "must be a number",
  TYPE_INT32 = "must be a whole number of 32 bits", Duration = "must be seconds as a text, such as 30s",
}

-- Of what the transcoder says of a field, its name up to the value that was refused, which may have any length and lines.
local OF_VALUE = "^(%(?[%w_.%[%]]*%)?:? ?)invalid value (.*)$"

-- The first line, without the value that was refused (it may be a secret) and without the names of our types.
local function discreet(said)
  local field, value = said:match(OF_VALUE)
  if field then
    local type = value:match(" for type ([%w_./]+)")
    said = field .. (type and KINDS[type:match("[%w_]+$")] or NOT_VALID)
  end
  return (said:match("^[^\r\n]*"):gsub("Proto field is not repeating, cannot start list%.$", NO_LIST):gsub("^: ", ""))
end

-- What a field takes, or nil for one that is not known; `field` as clients spell it.
local function rule_of(field, takes)
  if takes.rules and takes.rules[field] then return takes.rules[field] end
  local spec = takes.message
  for name in field:gsub("%[%d+%]", ""):gmatch("[^.]+") do
    local names = spec and spec.message and contract.messages[spec.message]
    spec = names and names[name]
  end
  return spec and spec.rule
end

-- The field and the rule in a text of the form `field: rule`, the field as a client spells it: relative to the body,
-- with JSON's names. Without a field where the body itself is meant, for which clients have no name; nil where the
-- text has another form.
local function field_and_rule(said, takes)
  local field, rule = said:match("^%(?([%w_.%[%]]+)%)?: (.+)$")
  if not field then return nil, said == NO_LIST and said or nil end
  if field == takes.resource then return nil, rule end
  local inner = takes.resource and field:match("^" .. takes.resource .. "%.(.+)$") or field
  local spelled = inner:gsub("[%w_]+", takes.spelling or {})
  return spelled, rule == NOT_VALID and rule_of(spelled, takes) or rule
end

-- What the transcoder says of a body that it cannot parse.
local OF_JSON = {}
for _, said in ipairs({
  "Unexpected token.", "Expected a value.", "Expected : between key:value pair.", "Closing quote expected in string.",
  "Parsing terminated before end of input.", "Encountered non UTF-8 code points.", "Missing low surrogate.",
  "Invalid low surrogate.", "Unexpected end of string. Expected a value.", "Invalid escape sequence.",
  "Expected , or } after key:value pair.", "Expected , or ] after array value.", "Expected an object key or }.",
  "Illegal hex string.", "Unable to parse number.", "Double value not valid.",
}) do OF_JSON[said] = true end

local function detail_of(status, said)
  if status < 500 and said ~= "" and not PHRASES[said] then return said end
  return DETAILS[status] or (status < 500 and TITLES[status] or OUR_FAULT)
end

-- Body and content type for `call` (its id, dialect and path) and a status. `said` is what Envoy or edge.lua said;
-- `takes` is the contract's entry of the method, for the spelling of fields.
function problems.body(call, status, said, takes)
  local problem = {
    id = call.id, path = call.path, form = call.form, code = takes.error_code, resource = takes.resource or "", status = status,
    title = TITLES[status] or "Error", reason = REASONS[status] or "INTERNAL", detail = detail_of(status, discreet(said)),
  }
  if status == 400 then
    problem.field, problem.rule = field_and_rule(problem.detail, takes)
  end
  if status == 400 and not problem.rule and takes.body and OF_JSON[problem.detail] then
    problem.detail = "The body is not JSON: " .. problem.detail:sub(1, 1):lower() .. problem.detail:sub(2)
  end
  if problem.rule then problem.detail = (problem.field and problem.field .. ": " or "The body ") .. problem.rule end
  return (DIALECTS[call.dialect] or jhipster)(problem)
end

return problems
