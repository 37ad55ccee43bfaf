:INPUT
-m ipv4options;;FAIL
