-- JSON or XML: which of them a request has and wants. Only document 004 has both.

local forms = { DIALECT = "scheduling", HEADER = "x-http-accept" }

-- Media types of each form with the patterns that stand for them, the most exact first.
local JSON = { { ["application/json"] = true }, { ["application/*"] = true }, { ["*/*"] = true } }
local XML = {
  { ["application/xml"] = true, ["text/xml"] = true }, { ["application/*"] = true, ["text/*"] = true }, { ["*/*"] = true },
}

local BODIES = { [""] = "json", ["application/json"] = "json", ["application/xml"] = "xml", ["text/xml"] = "xml" }

-- How much a form is wanted: the weight of the most exact pattern that covers it (RFC 9110, 12.5.1); 0 is not at all.
local function weight(weights, patterns)
  for _, names in ipairs(patterns) do
    local found
    for name in pairs(names) do
      if weights[name] then found = math.max(found or 0, weights[name]) end
    end
    if found then return found end
  end
  return 0
end

-- The form to answer in; JSON when both are wanted alike, nil when neither is.
function forms.accepted(accept)
  if not accept or accept:find("^%s*$") then return "json" end
  local weights = {}
  for range in accept:lower():gmatch("[^,]+") do
    local name = range:match("^%s*([^;%s]+)")
    if name then weights[name] = tonumber(range:match(";%s*q%s*=%s*([%d.]+)")) or 1 end
  end
  local json, xml = weight(weights, JSON), weight(weights, XML)
  if json == 0 and xml == 0 then return nil end
  return xml > json and "xml" or "json"
end

-- The form of the body by its content type; nil for another one, or another charset than UTF-8.
function forms.of_body(headers)
  local type = (headers:get("content-type") or ""):lower()
  local charset = type:match(";%s*charset%s*=%s*\"?([^;\"%s]+)")
  if charset and charset ~= "utf-8" and charset ~= "utf8" then return nil end
  return BODIES[type:match("^%s*([^;%s]*)")]
end

-- Status and text of a refusal, or nil.
function forms.refusal(headers, form, takes)
  if not form then
    return 406, "Only application/json and application/xml can be answered."
  elseif takes.body and not forms.of_body(headers) then
    return 415, "The body must be application/json or application/xml, in UTF-8."
  end
end

return forms
