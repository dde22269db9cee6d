-- ARGV: lower bound, upper bound, most keys
return redis.call('ZRANGEBYLEX', order, ARGV[1], ARGV[2], 'LIMIT', 0, tonumber(ARGV[3]))
