:INPUT
-m account;;FAIL
