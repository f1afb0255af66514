-- What is refused in a JSON body before it is parsed. Nothing here accepts a body: the transcoder does that.
--
-- Almost every body passes a few plain searches. Only one that may be wrong is walked, once, from end to end: a body
-- of 16 MiB must not hold up the worker for longer than its length explains.

local json = {}

local MAX_DEPTH = 32
local STRUCTURE = "[\"'%[%]{}]"
local BACKSLASH = 92
-- After a name: its value is a number, or a string of digits, which the transcoder reads as a number too.
local NUMBER, DIGITS = "^%s*:%s*[-+.]?%d", "^%s*:%s*([\"'])[-+]?%d+%1"

local function is_number_at(body, at)
  return body:find(NUMBER, at) or body:find(DIGITS, at)
end

-- Position behind the string whose opening quote stands at `from`, or nil when it has no end.
local function string_end(body, from)
  local quote, at = body:sub(from, from), from + 1
  while true do
    local stop = body:find(quote, at, true)
    if not stop then return nil end
    local escapes = 0
    while stop - 1 - escapes > from and body:byte(stop - 1 - escapes) == BACKSLASH do escapes = escapes + 1 end
    if escapes % 2 == 0 then return stop + 1 end
    at = stop + 1
  end
end

local function has_many_openers(body)
  local at = 0
  for _ = 0, MAX_DEPTH do
    at = body:find("[%[{]", at + 1)
    if not at then return false end
  end
  return true
end

local function has_member(body, name, is_it)
  for _, quoted in ipairs({ '"' .. name .. '"', "'" .. name .. "'" }) do
    local _, stop = body:find(quoted, 1, true)
    while stop do
      if is_it(body, stop + 1) then return true end
      _, stop = body:find(quoted, stop + 1, true)
    end
  end
  return false
end

local function has_colon_at(body, at)
  return body:find("^%s*:", at)
end

local function may_be_wrong(body, takes)
  for name in pairs(takes.enums or {}) do
    if has_member(body, name, is_number_at) then return true end
  end
  for name in pairs(takes.claimed or {}) do
    if has_member(body, name, has_colon_at) then return true end
  end
  return has_many_openers(body)
end

-- Names of the members around the present place, outermost first, joined by dots; lists add nothing.
local function dotted(around, name)
  local path = {}
  for _, one in ipairs(around) do
    if one ~= "" then path[#path + 1] = one end
  end
  path[#path + 1] = name
  return table.concat(path, ".")
end

local function objection_to_member(body, takes, around, name, after)
  local enums = takes.enums and takes.enums[name]
  if enums and is_number_at(body, after) then
    local path = dotted(around, name)
    if enums[path] then return path .. ": must be one of " .. enums[path] .. ", not a number" end
  end
  if #around == 1 and takes.claimed and takes.claimed[name] then
    return name .. ": the path says it already"
  end
end

local function walk(body, takes)
  local around, member = {}, ""
  local at = body:find(STRUCTURE)
  while at do
    local char = body:sub(at, at)
    if char == "{" or char == "[" then
      around[#around + 1], member = member, ""
      if #around > MAX_DEPTH then return "the body is nested deeper than " .. MAX_DEPTH .. " levels" end
    elseif char == "}" or char == "]" then
      around[#around], member = nil, ""
    else
      local after = string_end(body, at)
      if not after then return nil end   -- truncated: the transcoder says so better
      if has_colon_at(body, after) then
        member = body:sub(at + 1, after - 2)
        local objection = objection_to_member(body, takes, around, member, after)
        if objection then return objection end
      end
      at = after - 1
    end
    at = body:find(STRUCTURE, at + 1)
  end
end

-- Why a body is refused, or nil. `takes.enums` has for each name of an enum field the paths where it is one, with the
-- values it takes; `takes.claimed` has the names at the top that the path gives.
function json.objection(body, takes)
  return may_be_wrong(body, takes) and walk(body, takes) or nil
end

return json
