import hashlib
import json
import re
import sys

print(sys.version_info[:2], json.dumps({"a": [1, 2, {"b": None}]}, sort_keys=True))
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"))
print(hashlib.sha256(b"coffer").hexdigest())
try:
    open("/new", "w")
except OSError as error:
    print("read-only:", error.strerror)
