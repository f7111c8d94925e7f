-- Reserve every line of one order, or none of it, and hand the order to the worker in the same atomic step.
-- KEYS  1 the order's answer, 2 hash of available units per SKU, 3 stream of orders
-- ARGV  1 order id, 2 its lines as JSON, 3 seconds the answer is kept, then sku, quantity, sku, quantity, ...
-- Returns the lines as JSON when reserved (a repeated order id gets the first answer), or a list of available units.
local answered = redis.call('GET', KEYS[1])
if answered then return answered end

local skus, wanted = {}, {}
for i = 4, #ARGV, 2 do
  skus[#skus + 1] = ARGV[i]
  wanted[#wanted + 1] = tonumber(ARGV[i + 1])
end

local available = redis.call('HMGET', KEYS[2], unpack(skus))
for i = 1, #skus do
  if tonumber(available[i] or -1) < wanted[i] then
    for j = 1, #skus do available[j] = tonumber(available[j] or -1) end
    return available
  end
end

for i = 1, #skus do redis.call('HINCRBY', KEYS[2], skus[i], -wanted[i]) end
redis.call('XADD', KEYS[3], '*', 'o', ARGV[1], 'l', ARGV[2])
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return ARGV[2]
