-- Each script begins with this. KEYS: values, metadata, generations (hashes by key), expiries (sorted by time),
-- order (sorted by name), statistics (hash: generation, entries, bytes).
local values, metadata, generations, expiries, order, statistics = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function size(key)
  return #key + redis.call('HSTRLEN', values, key) + redis.call('HSTRLEN', metadata, key)
end

local function drop(key)
  redis.call('HINCRBY', statistics, 'bytes', -size(key))
  redis.call('HINCRBY', statistics, 'entries', -1)
  redis.call('HDEL', values, key)
  redis.call('HDEL', metadata, key)
  redis.call('HDEL', generations, key)
  redis.call('ZREM', expiries, key)
  redis.call('ZREM', order, key)
end

for _, key in ipairs(redis.call('ZRANGEBYSCORE', expiries, '-inf', now)) do drop(key) end
