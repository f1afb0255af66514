-- Ids of requests: the client's where it has the right form (the server has the same rule), else a random UUID.

local request_id = {}

local FORM = "^[A-Za-z0-9._:~-]+$"
local MAX_LENGTH = 128

-- Each worker has a Lua of its own: all of them seeded alike would make the same ids.
local source = assert(io.open("/dev/urandom", "rb"))
local a, b, c, d, e, f = source:read(6):byte(1, 6)
source:close()
math.randomseed(a + 256 * (b + 256 * (c + 256 * (d + 256 * (e + 256 * f)))))

local function made()
  local random = math.random
  return string.format(
    "%08x-%04x-4%03x-%04x-%06x%06x",
    random(0, 0xffffffff), random(0, 0xffff), random(0, 0xfff), random(0x8000, 0xbfff),
    random(0, 0xffffff), random(0, 0xffffff)
  )
end

function request_id.taken_or_made(given)
  if given and #given <= MAX_LENGTH and given:find(FORM) then return given end
  return made()
end

return request_id
