-- One entry, all or nothing. KEYS: journal, tail, read model. ARGV: position, after, data, then field, value, …
-- Gives the tail it found: the caller appended if that was `after`, and was too late (or too early) otherwise.
local tail = redis.call('GET', KEYS[2]) or '0-0'
if tail ~= ARGV[2] then
  return tail
end
redis.call('XADD', KEYS[1], ARGV[1], 'd', ARGV[3])
redis.call('SET', KEYS[2], ARGV[1])
for first = 4, #ARGV, 1000 do
  redis.call('HSET', KEYS[3], unpack(ARGV, first, math.min(first + 999, #ARGV)))
end
return tail
