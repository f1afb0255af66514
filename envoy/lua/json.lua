-- What is refused in a JSON body before it is parsed. Nothing here accepts a body: the transcoder does that.
--
-- One walk from end to end, byte by byte, which LuaJIT compiles: some 8 ms for 1 MiB. Names are only cut out where one of
-- their length may be wrong.

local json = {}

local MAX_DEPTH = 32
-- Objects and lists: whoever reads the body makes something of each, however small it is.
local MAX_OPENED = 100000
local NEWLINE, QUOTE, APOSTROPHE, COLON, BACKSLASH = 10, 34, 39, 58, 92
local OPENING_LIST, CLOSING_LIST, OPENING_OBJECT, CLOSING_OBJECT = 91, 93, 123, 125
local IS_SPACE = { [9] = true, [10] = true, [13] = true, [32] = true }
local ONE_OF = "^must be one of "
-- A value that is a number, or a string of digits, which the transcoder reads as a number too.
local NUMBER, DIGITS = "^[-+.]?%d", "^([\"'])[-+]?%d+%1"

local byte = string.byte

-- Lengths of the names that may be wrong, by the entry of a method.
local lengths = setmetatable({}, { __mode = "k" })

local function lengths_of(takes)
  local found = lengths[takes]
  if not found then
    found = {}
    for name in pairs(takes.fields or {}) do found[#name] = true end
    for name in pairs(takes.claimed or {}) do found[#name] = true end
    lengths[takes] = found
  end
  return found
end

-- Position of the next byte that is no space.
local function beyond_space(body, at)
  while IS_SPACE[byte(body, at)] do at = at + 1 end
  return at
end

-- Names of the open members, outermost first, joined by dots; lists add nothing.
local function dotted(body, starts, stops, depth)
  local path = {}
  for level = 1, depth do
    if stops[level] > 0 then path[#path + 1] = body:sub(starts[level], stops[level]) end
  end
  return table.concat(path, ".")
end

-- Why a member is refused whose name is open at `depth` and whose value begins at `at`, or nil.
local function objection_to_member(body, takes, starts, stops, depth, at)
  local name = body:sub(starts[depth], stops[depth])
  local opener = byte(body, at)
  if depth > 1 and takes.maps and (opener == OPENING_OBJECT or opener == OPENING_LIST) then
    local rules = takes.maps[body:sub(starts[depth - 1], stops[depth - 1])]
    local rule = rules and rules[dotted(body, starts, stops, depth - 1)]
    if rule then return dotted(body, starts, stops, depth - 1) .. ": each value " .. rule end
  end
  if depth == 1 and takes.claimed and takes.claimed[name] then return name .. ": the path says it already" end
  local rules = takes.fields and takes.fields[name]
  if not rules then return nil end
  local is_object = opener == OPENING_OBJECT
  if not is_object and not body:find(NUMBER, at) and not body:find(DIGITS, at) then return nil end
  local path = dotted(body, starts, stops, depth)
  local rule = rules[path]
  if rule and is_object then return path .. ": " .. rule .. ", not an object" end
  if rule and rule:find(ONE_OF) then return path .. ": " .. rule .. ", not a number" end
end

local function walk(body, takes, wanted)
  local starts, stops, has_maps = { [0] = 0 }, { [0] = 0 }, takes.maps ~= nil
  local depth, opened, line, line_at, quote, from = 0, 0, 1, 0, 0, 0
  local at, length = 1, #body
  while at <= length do
    local char = byte(body, at)
    if quote ~= 0 then
      if char == BACKSLASH then
        at = at + 1
      elseif char == quote then
        quote = 0
        local after = beyond_space(body, at + 1)
        if byte(body, after) == COLON and depth > 0 then
          starts[depth], stops[depth] = from + 1, at - 1
          local value = beyond_space(body, after + 1)
          local opener = byte(body, value)
          if wanted[at - 1 - from] or has_maps and (opener == OPENING_OBJECT or opener == OPENING_LIST) then
            local why = objection_to_member(body, takes, starts, stops, depth, value)
            if why then return why end
          end
        end
      elseif char == NEWLINE then
        line, line_at = line + 1, at
      end
    elseif char == QUOTE or char == APOSTROPHE then
      quote, from = char, at
    elseif char == OPENING_OBJECT or char == OPENING_LIST then
      depth, opened = depth + 1, opened + 1
      if depth > MAX_DEPTH then return "the body is nested deeper than " .. MAX_DEPTH .. " levels" end
      if opened > MAX_OPENED then return "the body has more than 100,000 objects and lists" end
      starts[depth], stops[depth] = 0, 0
    elseif char == CLOSING_OBJECT or char == CLOSING_LIST then
      depth = depth - 1
      if depth < 0 then return nil end   -- the transcoder says so
    elseif char == NEWLINE then
      line, line_at = line + 1, at
    end
    at = at + 1
  end
  if quote ~= 0 or depth > 0 then
    return "The body is not JSON: it ends too early, at line " .. line .. ", column " .. length - line_at + 1
  end
end

-- Why a body is refused, or nil. `takes.fields` has for each name of a field that is no message the paths where it is
-- one, with what it takes; `takes.maps` the same of maps, for their values; `takes.claimed` has the names at the top that
-- the path gives.
function json.objection(body, takes)
  return walk(body, takes, lengths_of(takes))
end

return json
