-- ARGV: key, value, mode, whether it must be absent, generation or '', time to live in ms or '', whether there is
-- metadata, metadata, largest value, most entries, most bytes
local key, value, mode = ARGV[1], ARGV[2], ARGV[3]
local generation = redis.call('HGET', generations, key)
if ARGV[4] == '1' and generation then return { 'unmet' } end
if ARGV[5] ~= '' and generation ~= ARGV[5] then return { 'unmet' } end

local data = ARGV[8]
local isJoined = generation and mode ~= 'Replace'
local length = #value
if isJoined then
  length = length + redis.call('HSTRLEN', values, key)
  if length > tonumber(ARGV[9]) then return { 'large', length } end
  if ARGV[7] == '0' then data = redis.call('HGET', metadata, key) end
end

local entries = tonumber(redis.call('HGET', statistics, 'entries') or '0')
local bytes = tonumber(redis.call('HGET', statistics, 'bytes') or '0')
if generation then bytes = bytes - size(key) else entries = entries + 1 end
bytes = bytes + #key + length + #data
if entries > tonumber(ARGV[10]) or bytes > tonumber(ARGV[11]) then return { 'full', entries, bytes } end

if isJoined then
  local old = redis.call('HGET', values, key)
  if mode == 'Append' then value = old .. value else value = value .. old end
end
redis.call('HSET', values, key, value)
redis.call('HSET', metadata, key, data)
redis.call('ZADD', order, 0, key)
if ARGV[6] ~= '' then
  redis.call('ZADD', expiries, now + tonumber(ARGV[6]), key)
elseif not isJoined then
  redis.call('ZREM', expiries, key)
end
redis.call('HSET', statistics, 'entries', entries, 'bytes', bytes)
local new = redis.call('HINCRBY', statistics, 'generation', 1)
redis.call('HSET', generations, key, new)
return { 'ok', new }
