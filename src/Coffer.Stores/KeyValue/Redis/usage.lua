return { tonumber(redis.call('HGET', statistics, 'entries') or '0'), tonumber(redis.call('HGET', statistics, 'bytes') or '0') }
