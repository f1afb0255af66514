-- The nearest of some known names to one that is not known.

local near = {}

local MAX_LENGTH = 64

-- Whether a name may stand in a text: what has another form or is longer may be anything.
function near.is_plain(name)
  return #name <= MAX_LENGTH and name:find("^[%w_.-]+$") ~= nil
end

-- Edits from one text to another: characters put in, left out or exchanged (Levenshtein).
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
    end
  end
  return row[#b]
end

-- The nearest of the values of `names`, whatever the case; nil where there are none.
function near.est(name, names)
  local best, least
  for _, known in pairs(names) do
    local edits = distance(name:lower(), known:lower())
    if not best or edits < least or edits == least and known < best then best, least = known, edits end
  end
  return best
end

return near
