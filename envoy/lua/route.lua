-- Which route a path has, and how a request is spelled so that the transcoder reads what the documents mean.

local near = require("near")
local text = require("text")
local contract = require("routes")   -- generated

-- A value that is an instant: a plus in it is that of its offset, and no blank.
local INSTANT = "^=%d%d%d%d%-%d%d%-%d%d[Tt]"

-- Characters of an unknown name that are compared with the known ones.
local MAX_COMPARED = 64

local route = { NOBODY = contract.routes.dialect }

-- The node of the rest of a path that starts at `from`, or nil; as second the dialect of the nearest node on the way.
-- Backtracks: /events/batch/deliveries is no `batch`, so it is a variable's.
local function descend(node, path, from, dialect)
  dialect = node.dialect or dialect
  local start, stop = path:find("[^/]+", from)
  if not start then
    return node.methods and node or nil, dialect
  end
  local literal = node.segments and node.segments[path:sub(start, stop)]
  if literal then
    local found, nearest = descend(literal, path, stop + 1, dialect)
    if found or literal.closed or not node.variable then return found, nearest end
  end
  if node.variable then
    return descend(node.variable, path, stop + 1, dialect)
  end
  return nil, dialect
end

-- The route of a path, or nil when it is unknown, and the dialect to answer in. A trailing slash changes nothing.
function route.find(path)
  return descend(contract.routes, path, 1, route.NOBODY)
end

-- What the method of a path takes; nothing for one that does not exist.
function route.takes(path, method)
  local found = route.find(path)
  return found and found.methods[method] or {}
end

-- The value of `Allow` for a route.
function route.allow(found)
  local methods = {}
  for method in pairs(found.methods) do methods[#methods + 1] = method end
  table.sort(methods)
  return table.concat(methods, ", ")
end

-- The query with only the declared names, spelled as declared. What is undeclared is ignored anyway; what the path or
-- the body gives is undeclared, so it cannot be overwritten. As second, whether it has a value for responseFields.
local function declared(query, names, any_case)
  local kept, selects = {}, false
  for name, value in query:gmatch("([^&=]+)(=?[^&]*)") do
    if value:find(INSTANT) then value = value:gsub("%+", "%%2B") end
    local plain = text.unescape(name)
    local known = names[any_case and plain:lower() or plain]
    if known then
      kept[#kept + 1] = known .. value
      selects = selects or (known == "responseFields" and #value > 1)
    end
  end
  return table.concat(kept, "&"), selects
end

-- Why a name is refused that a query has and the method does not.
local function objection_to_name(name, names)
  local shown = near.is_plain(name) and name or "a name of the query"
  local nearest = near.est(name:sub(1, MAX_COMPARED), names)
  return shown .. ": is no parameter here; " .. (nearest and "the nearest is " .. nearest or "there are none")
end

-- Why a query is refused, or nil: it has a name that the method does not take, or one twice that takes one value. Some
-- dialects ignore the names that they do not know.
function route.objection(query, takes)
  local names, seen = takes.query or {}, {}
  for part in query:gmatch("[^&]+") do
    local plain = text.unescape(part:match("^[^=]*"))
    local known = names[takes.any_case and plain:lower() or plain]
    if not known and not takes.lenient then return objection_to_name(plain, names) end
    if known and seen[known] and not (takes.many and takes.many[known]) then return known .. ": is there twice" end
    if known then seen[known] = true end
  end
end

-- The path as what a variable of many segments takes, which keeps reserved characters escaped: the only one that an id
-- may have is the colon.
local function behind(prefix, path)
  return prefix .. path:gsub("/$", ""):gsub("%%3[Aa]", ":")
end

-- The path and query to ask the transcoder for; with `in_xml` those of the call's twin.
function route.rewritten(path, query, takes, in_xml)
  if in_xml then path = behind("/xml", path) end
  if query == "" then return path end
  local kept, selects = declared(query, takes.query or {}, takes.any_case)
  if selects and takes.selects then
    path, kept = behind("/fields", path), declared(query, contract.selection, true)
  end
  return kept == "" and path or path .. "?" .. kept
end

return route
