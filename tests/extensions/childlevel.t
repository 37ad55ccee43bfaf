:INPUT
-m childlevel;;FAIL
