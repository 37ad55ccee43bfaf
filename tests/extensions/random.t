:INPUT
-m random;;FAIL
