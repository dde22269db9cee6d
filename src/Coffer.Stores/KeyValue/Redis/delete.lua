-- ARGV: key, generation or ''
local generation = redis.call('HGET', generations, ARGV[1])
if not generation or (ARGV[2] ~= '' and generation ~= ARGV[2]) then return 0 end
drop(ARGV[1])
return 1
