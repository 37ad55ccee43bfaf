:INPUT
-m condition;;FAIL
