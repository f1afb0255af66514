-- What is refused in a JSON body before the transcoder reads it, which names neither line nor column and is lenient.
--
-- One walk from end to end, byte by byte, which LuaJIT compiles: about 10 ms for 1 MiB. It holds RFC 8259 to the letter,
-- no name twice in an object, and beside it the messages of the contract: whether each value has the shape that its field
-- takes. What the values are is checked by the server. `null` stands for a field that is not there, as in protobuf's JSON.

local contract = require("routes")   -- generated
local near = require("near")

local json = {}

local MAX_DEPTH = 32
-- Objects and lists: whoever reads the body makes something of each, however small it is.
local MAX_OPENED = 100000
-- All other values: each costs the transcoder as much as twenty bytes of a text.
local MAX_SCALARS = 500000
local SPACE, QUOTE, APOSTROPHE, COMMA, COLON, BACKSLASH = 32, 34, 39, 44, 58, 92
local OPENING_LIST, CLOSING_LIST, OPENING_OBJECT, CLOSING_OBJECT = 91, 93, 123, 125
local PLUS, MINUS, DOT, ZERO, NINE, LETTER_U = 43, 45, 46, 48, 57, 117
-- The first digits of what a double rounds down to its largest value, of which 309 stand before the point.
local LARGEST_DOUBLE, LARGEST_ORDER = "1797693134862315807", 309
local IS_SPACE = { [9] = true, [10] = true, [13] = true, [32] = true }
local IS_ESCAPE = { [34] = true, [47] = true, [92] = true, [98] = true, [102] = true, [110] = true, [114] = true, [116] = true }
local IS_E = { [69] = true, [101] = true }
local WORDS = { [102] = "false", [110] = "null", [116] = "true" }
-- A string of digits, which the transcoder reads as a number; patterns are not compiled, so few texts are asked for it.
local DIGITS, MAYBE_DIGITS = '^"[-+]?%d+"', { [43] = true, [45] = true }
for digit = ZERO, NINE do MAYBE_DIGITS[digit] = true end

-- What may stand next.
local VALUE, FIRST_VALUE, NAME, FIRST_NAME, AFTER_NAME, AFTER_VALUE, END = 1, 2, 3, 4, 5, 6, 7
local EXPECTED = {
  [VALUE] = "a value is expected", [FIRST_VALUE] = "a value or ] is expected", [NAME] = "a name in double quotes is expected",
  [FIRST_NAME] = "a name in double quotes or } is expected", [AFTER_NAME] = "a colon is expected",
  [AFTER_VALUE] = "a comma or the end of the object or list is expected", [END] = "nothing more is expected",
}

local byte, bxor, lshift, tobit = string.byte, bit.bxor, bit.lshift, bit.tobit

-- ---------------------------------------------------------------- positions

-- "at line 1, column 1", which count characters.
local function place(body, at)
  local line, from = 1, 1
  while true do
    local newline = body:find("\n", from, true)
    if not newline or newline >= at then break end
    line, from = line + 1, newline + 1
  end
  local column = at - from + 1
  for continued = from, math.min(at - 1, #body) do
    local char = byte(body, continued)
    if char >= 128 and char < 192 then column = column - 1 end
  end
  return "at line " .. line .. ", column " .. column
end

local function not_json(body, at, why)
  return "The body is not JSON: " .. why .. ", " .. place(body, at)
end

-- ---------------------------------------------------------------- scanners: each gives the position after, or nil, where and why

local function is_hex(char)
  return char ~= nil and (char >= 48 and char <= 57 or char >= 65 and char <= 70 or char >= 97 and char <= 102)
end

local function hex4(body, at)
  for each = at, at + 3 do
    if not is_hex(byte(body, each)) then return nil end
  end
  return tonumber(body:sub(at, at + 3), 16)
end

-- The position after an escape whose backslash is at `at`.
local function beyond_escape(body, at)
  local char = byte(body, at + 1)
  if IS_ESCAPE[char] then return at + 2 end
  if not char then return nil, at + 1, "it ends too early" end
  if char ~= LETTER_U then return nil, at, "JSON has no such escape" end
  local unit = hex4(body, at + 2)
  if not unit then return nil, at, "an escape has no four hexadecimal digits" end
  if unit < 0xD800 or unit > 0xDFFF then return at + 6 end
  local low = unit < 0xDC00 and body:sub(at + 6, at + 7) == "\\u" and hex4(body, at + 8) or 0
  if low < 0xDC00 or low > 0xDFFF then return nil, at, "half a surrogate pair" end
  return at + 12
end

-- The position after a character of several bytes, as RFC 3629 has them; nil where it is none.
local function beyond_sequence(body, at, first)
  local second = byte(body, at + 1) or 0
  if second < 128 or second > 191 then return nil end
  if first >= 194 and first <= 223 then return at + 2 end
  local third = byte(body, at + 2) or 0
  if third < 128 or third > 191 then return nil end
  if first >= 224 and first <= 239 then
    if first == 224 and second < 160 or first == 237 and second > 159 then return nil end
    return at + 3
  end
  local fourth = byte(body, at + 3) or 0
  if fourth < 128 or fourth > 191 or first < 240 or first > 244 then return nil end
  if first == 240 and second < 144 or first == 244 and second > 143 then return nil end
  return at + 4
end

-- The position after the text whose opening quote is at `at`, and a hash of its bytes.
local function beyond_text(body, at)
  local hash = 5381
  at = at + 1
  while true do
    local char = byte(body, at)
    if char == nil then return nil, at, "it ends too early" end
    if char == QUOTE then return at + 1, hash end
    hash = tobit(bxor(lshift(hash, 5) + hash, char))
    if char == BACKSLASH then
      local after, wrong, why = beyond_escape(body, at)
      if not after then return nil, wrong, why end
      at = after
    elseif char < SPACE then
      return nil, at, "a control character stands in a text"
    elseif char < 128 then
      at = at + 1
    else
      local after = beyond_sequence(body, at, char)
      if not after then return nil, at, "bytes that are no UTF-8" end
      at = after
    end
  end
end

local function beyond_digits(body, at)
  local from = at
  local char = byte(body, at)
  while char and char >= ZERO and char <= NINE do
    at = at + 1
    char = byte(body, at)
  end
  return at > from and at or nil
end

-- The position after the number at `at`, and how many bytes its exponent has.
local function beyond_number(body, at)
  local from, exponent_bytes = at, 0
  if byte(body, at) == MINUS then at = at + 1 end
  local after = byte(body, at) == ZERO and at + 1 or beyond_digits(body, at)
  if after and byte(body, after) == DOT then after = beyond_digits(body, after + 1) end
  if after and IS_E[byte(body, after)] then
    local exponent, sign = after + 1, byte(body, after + 1)
    after = beyond_digits(body, exponent + ((sign == PLUS or sign == MINUS) and 1 or 0))
    exponent_bytes = after and after - exponent or 0
  end
  local next_char = after and byte(body, after)
  if not after or next_char and (next_char >= ZERO and next_char <= NINE or next_char == DOT) then
    return nil, from, "JSON has no such number"
  end
  return after, exponent_bytes
end

-- Whether a double holds the number from `at` to before `after`, by its digits: each is looked at once, none is converted.
-- It takes an exponent of hundreds or as many digits to exceed one.
local function is_double(body, at, after, exponent_bytes)
  if exponent_bytes < 3 and after - at < 200 then return true end
  local order, digits, difference, in_fraction = 0, 0, 0, false   -- order: how many digits stand before the point
  local stop = exponent_bytes > 0 and after - exponent_bytes - 1 or after
  for each = at, stop - 1 do
    local char = byte(body, each)
    if char == DOT then
      in_fraction = true
    elseif char ~= MINUS and (digits > 0 or char ~= ZERO) then
      digits = digits + 1
      if difference == 0 and digits <= #LARGEST_DOUBLE then difference = char - byte(LARGEST_DOUBLE, digits) end
      if not in_fraction then order = order + 1 end
    elseif in_fraction then
      order = order - 1
    end
  end
  local exponent, sign = 0, exponent_bytes > 0 and byte(body, stop + 1)
  for each = stop + 1 + ((sign == PLUS or sign == MINUS) and 1 or 0), after - 1 do
    exponent = math.min(exponent * 10 + byte(body, each) - ZERO, 1e9)
  end
  order = order + (sign == MINUS and -exponent or exponent)
  return digits == 0 or order < LARGEST_ORDER or order == LARGEST_ORDER and difference <= 0
end

-- The position after a value that is no object and no list; as second, of a number, how many bytes its exponent has.
local function beyond_scalar(body, at, char)
  if char == QUOTE then return beyond_text(body, at) end
  if char == MINUS or char >= ZERO and char <= NINE then
    if char == MINUS and body:find("^-I", at) then return nil, at, "Infinity is no JSON" end
    return beyond_number(body, at)
  end
  local word = WORDS[char]
  if word and body:sub(at, at + #word - 1) == word then return at + #word end
  if char == APOSTROPHE then return nil, at, "texts stand in double quotes" end
  local foreign = body:match("^NaN", at) or body:match("^Infinity", at) or body:match("^undefined", at)
  if foreign then return nil, at, foreign .. " is no JSON" end
  return nil, at, (char == PLUS or char == DOT) and "JSON has no such number" or EXPECTED[VALUE]
end

-- ---------------------------------------------------------------- shapes

local SHAPES = {
  [OPENING_OBJECT] = "an object", [OPENING_LIST] = "a list", [QUOTE] = "a text", [110] = "null", [102] = "true or false",
  [116] = "true or false",
}
local function shape(opener) return SHAPES[opener] or "a number" end

-- What each kind of value may begin with beside null; what may be a text is checked by the transcoder.
local OPENERS = {
  object = { ["an object"] = true }, list = { ["a list"] = true }, text = { ["a text"] = true },
  number = { ["a number"] = true, ["a text"] = true }, truth = { ["true or false"] = true, ["a text"] = true },
}

-- Why a value of one item of a field is refused, or nil.
local function objection_to_item(body, at, opener, spec)
  local found = shape(opener)
  local kind = spec.kind
  if kind == "any" then return nil end
  if kind == "enum" then
    if found == "a text" and not (MAYBE_DIGITS[byte(body, at + 1)] and body:find(DIGITS, at)) then return nil end
    return spec.rule .. ", not " .. (found == "a text" and "a number" or found)
  end
  if not OPENERS[kind][found] then return spec.rule .. ", not " .. found end
end

-- ---------------------------------------------------------------- the walk

-- Names and places of what is open down to `depth`, as `events[7].event_payload`.
local function path_of(state, depth)
  local path = ""
  for level = 1, depth do
    if state.is_list[level] then
      path = path .. "[" .. state.index[level] .. "]"
    else
      path = path .. (path == "" and "" or ".") .. state.body:sub(state.starts[level], state.stops[level])
    end
  end
  return path
end

local function is_same(body, from, to, other_from, other_to)
  return to - from == other_to - other_from and body:sub(from, to) == body:sub(other_from, other_to)
end

-- Whether a name is in the object that is open at `depth` already. The names of an object are compared by their hashes
-- in a list; from 32 on, in a table.
local function is_twice(state, depth, hash, from, to)
  local hashes, begins, ends, count = state.hashes[depth], state.begins[depth], state.ends[depth], state.count[depth]
  if count < 32 then
    for other = 1, count do
      if hashes[other] == hash and is_same(state.body, begins[other], ends[other], from, to) then return true end
    end
  else
    local many = state.many[depth]
    if not many then
      many = {}
      for other = 1, count do many[hashes[other]] = other end
      state.many[depth] = many
    end
    local other = many[hash]
    if other and is_same(state.body, begins[other], ends[other], from, to) then return true end
    many[hash] = count + 1
  end
  count = count + 1
  state.count[depth], hashes[count], begins[count], ends[count] = count, hash, from, to
  return false
end

local function open(state, depth, is_list, names, spec)
  state.is_list[depth], state.names[depth], state.spec[depth], state.index[depth] = is_list, names, spec, 0
  state.count[depth], state.many[depth] = 0, nil
  if not state.hashes[depth] then state.hashes[depth], state.begins[depth], state.ends[depth] = {}, {}, {} end
end

-- The value at `at` is that of a field or, with `in_list`, one of several; why it is refused, or nil. As second and third
-- the names below it and what each value below it is, where that is known.
local function judged(state, at, opener, spec, depth, in_list)
  if not spec then return nil end
  local is_whole_list = spec.is_list and not in_list
  if opener == 110 and not in_list and not state.in_map[depth] then return nil end
  local why
  if is_whole_list then
    if opener ~= OPENING_LIST then why = "must be a list, not " .. shape(opener) end
  else
    why = objection_to_item(state.body, at, opener, spec)
  end
  if why then
    if state.in_map[depth] then return path_of(state, depth - 1) .. ": each value " .. why end
    return (depth == 0 and "The body" or path_of(state, depth) .. ":") .. " " .. why
  end
  if is_whole_list then return nil, nil, spec end
  return nil, spec.message and contract.messages[spec.message], spec.value
end

-- Why a name is refused that the contract does not have there.
local function unknown(state, depth, name, names)
  local above, known = path_of(state, depth - 1), {}
  for each in pairs(names) do known[each] = each end
  return (above == "" and "" or above .. ".") .. (near.is_plain(name) and name or "a_name_of_another_form")
    .. ": is not known here; the nearest is " .. near.est(name:sub(1, 64), known)
end

local function walk(body, takes)
  local state = {
    body = body, starts = {}, stops = {}, is_list = {}, index = {}, names = {}, spec = {}, hashes = {}, begins = {}, ends = {},
    count = {}, many = {}, in_map = {},
  }
  local depth, opened, scalars, expected = 0, 0, 0, VALUE
  local spec, in_list = takes.message, true   -- of the value that comes next; the body itself may not be null either
  local at, length = 1, #body
  local objection   -- the first: that the body is no JSON at all, which is found later, comes before it
  while true do
    local char = byte(body, at)
    while IS_SPACE[char] do
      at = at + 1
      char = byte(body, at)
    end
    if at > length then
      if expected == END or depth == 0 and opened == 0 and expected == VALUE and not body:find("%S") then return objection end
      return not_json(body, length + 1, "it ends too early")
    end
    if expected == VALUE or expected == FIRST_VALUE and char ~= CLOSING_LIST then
      local why, names, below
      if spec and not objection and (SHAPES[char] or char == MINUS or char >= ZERO and char <= NINE) then
        why, names, below = judged(state, at, char, spec, depth, in_list)
      end
      objection = objection or why
      if char == OPENING_OBJECT or char == OPENING_LIST then
        depth, opened, at = depth + 1, opened + 1, at + 1
        if depth > MAX_DEPTH then return "the body is nested deeper than " .. MAX_DEPTH .. " levels" end
        if opened > MAX_OPENED then return "the body has more than 100,000 objects and lists" end
        open(state, depth, char == OPENING_LIST, names, below)
        state.in_map[depth] = char == OPENING_OBJECT and below ~= nil
        spec, in_list = below, true
        expected = char == OPENING_LIST and FIRST_VALUE or FIRST_NAME
      elseif char == CLOSING_LIST and depth > 0 and state.is_list[depth] then
        return not_json(body, at, "a comma stands before the end")
      else
        local after, found, fault = beyond_scalar(body, at, char)
        if not after then return not_json(body, found, fault) end
        if found and char ~= QUOTE and not objection and not is_double(body, at, after, found) then
          objection = "The body has a number that exceeds the range of a double, " .. place(body, at)
        end
        scalars = scalars + 1
        if scalars > MAX_SCALARS then return "the body has more than 500,000 values" end
        at, expected = after, depth == 0 and END or AFTER_VALUE
      end
    elseif (expected == NAME or expected == FIRST_NAME) and char == QUOTE then
      local after, hash, fault = beyond_text(body, at)
      if not after then return not_json(body, hash, fault) end
      state.starts[depth], state.stops[depth] = at + 1, after - 2
      if is_twice(state, depth, hash, at + 1, after - 2) then
        local name = body:sub(at + 1, after - 2)
        return not_json(body, at, (near.is_plain(name) and name or "a name") .. " is there twice in one object")
      end
      local names = state.names[depth]
      if names or depth == 1 and takes.claimed then
        local name = body:sub(at + 1, after - 2)
        if not objection and depth == 1 and takes.claimed and takes.claimed[name] then
          objection = name .. ": the path says it already"
        end
        spec = names and names[name]
        if not objection and names and not spec and takes.strict then objection = unknown(state, depth, name, names) end
      else
        spec = state.spec[depth]
      end
      at, in_list, expected = after, false, AFTER_NAME
    elseif expected == AFTER_NAME and char == COLON then
      at, expected = at + 1, VALUE
    elseif expected == AFTER_VALUE and char == COMMA then
      at = at + 1
      if state.is_list[depth] then
        state.index[depth] = state.index[depth] + 1
        spec, in_list, expected = state.spec[depth], true, VALUE
      else
        expected = NAME
      end
    elseif (expected == AFTER_VALUE or expected == FIRST_VALUE or expected == FIRST_NAME)
      and depth > 0 and char == (state.is_list[depth] and CLOSING_LIST or CLOSING_OBJECT) then
      depth, at = depth - 1, at + 1
      expected = depth == 0 and END or AFTER_VALUE
    elseif char == CLOSING_LIST or char == CLOSING_OBJECT then
      return not_json(body, at, expected == NAME and "a comma stands before the end" or EXPECTED[expected])
    else
      return not_json(body, at, EXPECTED[expected])
    end
  end
end

-- Why a body is refused, or nil. `takes.message` is what the body must be, with the contract's messages below it;
-- `takes.claimed` has the names at the top that the path gives.
function json.objection(body, takes)
  return walk(body, takes)
end

return json
