-- Percent-encoding and UTF-8.

local text = {}

-- RFC 3629, table 3-7 of Unicode: no overlong forms, no surrogates, nothing above U+10FFFF.
local SEQUENCES = {
  "^[\194-\223][\128-\191]()",
  "^\224[\160-\191][\128-\191]()",
  "^[\225-\236\238\239][\128-\191][\128-\191]()",
  "^\237[\128-\159][\128-\191]()",
  "^\240[\144-\191][\128-\191][\128-\191]()",
  "^[\241-\243][\128-\191][\128-\191][\128-\191]()",
  "^\244[\128-\143][\128-\191][\128-\191]()",
}

local function sequence_end(s, at)
  for _, pattern in ipairs(SEQUENCES) do
    local after = s:match(pattern, at)
    if after then return after end
  end
end

-- The text with every %XX replaced by its byte.
function text.unescape(s)
  if not s:find("%", 1, true) then return s end
  return (s:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Whether a text is UTF-8.
function text.is_utf8(s)
  local at = s:find("[\128-\255]")
  while at do
    local after = sequence_end(s, at)
    if not after then return false end
    at = s:find("[\128-\255]", after)
  end
  return true
end

-- Whether a text is UTF-8 without control characters.
function text.is_clean(s)
  return not s:find("[%z\1-\31\127]") and text.is_utf8(s)
end

return text
