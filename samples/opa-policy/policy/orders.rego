package orders

import rego.v1

default allow := false

# Who is known may read.
allow if {
	input.method == "GET"
	input.user
}

# Clerks may add orders,
allow if {
	input.method == "POST"
	data.roles[input.user] == "clerk"
}

# and admins do anything.
allow if data.roles[input.user] == "admin"
