-- A finished snapshot takes the place of the one before, unless that is as new: a projector that hung may come late, and
-- the journal behind its snapshot is trimmed. KEYS: pointer, finished pieces, where they belong. ARGV: position, how many.
local function newer(one, other)
  local epoch, number = string.match(one, '(%d+)-(%d+)')
  local other_epoch, other_number = string.match(other, '(%d+)-(%d+)')
  epoch, other_epoch = tonumber(epoch), tonumber(other_epoch)
  return epoch > other_epoch or (epoch == other_epoch and tonumber(number) > tonumber(other_number))
end

local before = redis.call('GET', KEYS[1])
if before then
  local position = string.match(before, '^%S+')
  if not newer(ARGV[1], position) then
    redis.call('UNLINK', KEYS[2])
    return 0
  end
  redis.call('UNLINK', KEYS[1] .. ':' .. position)
end
redis.call('PERSIST', KEYS[2])
redis.call('RENAME', KEYS[2], KEYS[3])
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2])
return 1
