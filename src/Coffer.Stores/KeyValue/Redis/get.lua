-- ARGV: key
local generation = redis.call('HGET', generations, ARGV[1])
if not generation then return false end
return { redis.call('HGET', values, ARGV[1]), redis.call('HGET', metadata, ARGV[1]), generation }
