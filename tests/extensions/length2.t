:INPUT
-m length2;;FAIL
