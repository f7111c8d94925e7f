-- wrk script: POST /v1/orders with 1 to 3 lines over 1,000 SKUs, skewed as in a shop (Zipf, exponent 1).
-- Environment: RUN (makes order ids unique per run), HOT=1 (80 % of the lines ask for one SKU), BATCH=n (orders:batch of n).
local SKUS, HOT_SHARE = 1000, 0.8
local run = os.getenv("RUN") or tostring(os.time())
local hot = os.getenv("HOT") == "1"
local batch = tonumber(os.getenv("BATCH") or "0")

local names, cumulative, total = {}, {}, 0
for i = 1, SKUS do
  names[i] = string.format("SKU-%04d", i - 1)
  total = total + 1 / i
  cumulative[i] = total
end

local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local NUMBER, WIDTH, BODIES = "########", 8, 20
local bodies = {} -- of batches, made before the clock starts: making them takes the machine as long as serving them

local make_bodies

function init(args)
  -- wrk's threads would otherwise draw the same numbers
  math.randomseed(tonumber(number) * 7919 + #run)
  count = 0
  if batch > 0 then make_bodies() end
end

local function draw()
  if hot and math.random() < HOT_SHARE then return names[1] end
  local x, low, high = math.random() * total, 1, SKUS
  while low < high do
    local middle = math.floor((low + high) / 2)
    if cumulative[middle] < x then low = middle + 1 else high = middle end
  end
  return names[low]
end

local function order(id)
  local lines, used = {}, {}
  for i = 1, math.random(3) do
    local sku = draw()
    while used[sku] and not hot do sku = draw() end -- with one hot SKU an order may name it twice: the lines add up
    used[sku] = true
    lines[i] = string.format('{"sku":"%s","quantity":%d}', sku, math.random(3))
  end
  return string.format('{"order_id":"%s-%d-%s","lines":[%s]}', run, number, id, table.concat(lines, ","))
end

function make_bodies()
  for body = 1, BODIES do
    local orders = {}
    for i = 1, batch do orders[i] = order(NUMBER .. "-" .. i) end
    bodies[body] = "[" .. table.concat(orders, ",") .. "]"
  end
end

local headers = { ["Content-Type"] = "application/json" }

function request()
  count = count + 1
  if batch == 0 then return wrk.format("POST", "/v1/orders", headers, order(count)) end
  local body = bodies[count % BODIES + 1]:gsub(NUMBER, string.format("%0" .. WIDTH .. "d", count))
  return wrk.format("POST", "/v1/orders:batch", headers, body)
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"duration_s":%.6f,"p50_ms":%.3f,"p90_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,' ..
    '"bad_status":%d,"socket_errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(90) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3, e.status, e.connect + e.read + e.write + e.timeout))
end
