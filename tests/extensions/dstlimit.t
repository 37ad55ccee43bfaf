:INPUT
-m dstlimit;;FAIL
