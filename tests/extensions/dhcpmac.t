:INPUT
-m dhcpmac;;FAIL
